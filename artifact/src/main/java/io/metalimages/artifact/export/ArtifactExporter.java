package io.metalimages.artifact.export;

import io.metalimages.artifact.ArtifactLocation;
import io.metalimages.artifact.Finding;
import io.metalimages.artifact.check.ArtifactCheck;
import io.metalimages.artifact.check.CheckReport;
import io.metalimages.artifact.check.ImageScan;
import io.metalimages.artifact.lz4.Block;
import io.metalimages.artifact.lz4.BlockCache;
import io.metalimages.artifact.lz4.BlockEncoder;
import io.metalimages.artifact.lz4.BlockPipeline;
import io.metalimages.artifact.lz4.CacheFiller;
import io.metalimages.artifact.lz4.Chunker;
import io.metalimages.artifact.lz4.Compressor;
import io.metalimages.artifact.lz4.KnownBlock;
import io.metalimages.artifact.lz4.LowPriorityThread;
import io.metalimages.artifact.packages.PackageList;
import io.metalimages.artifact.tar.FileTree;
import io.metalimages.artifact.tar.SegmentTable;
import io.metalimages.artifact.tar.TarWriter;
import io.metalimages.common.FaultException;
import io.metalimages.common.InputOutputReason;
import io.metalimages.common.linux.PendingDirectory;
import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

/**
 * Makes artifacts of root file systems: {@code img.tar.lz4}, its {@code .md5} and {@code .sha256}, and
 * {@code packages.txt}.
 *
 * <p>The tree is only read; it must not change meanwhile. The same tree and times give the same bytes. What is written is
 * held against the contract by the way; see {@link Artifact#check}.
 *
 * <p>Immutable and thread-safe; several exports may run at once, in this process and others.
 */
public final class ArtifactExporter {

    private static final String TARBALL = ArtifactLocation.TARBALL;
    private static final String MD5 = TARBALL + ArtifactLocation.MD5_SUFFIX;
    private static final String SHA256 = TARBALL + ArtifactLocation.SHA256_SUFFIX;
    private static final String PACKAGES = ArtifactLocation.PACKAGES;

    /** With less than this left, a disk counts as full, in whatever language the system says so. */
    private static final long NEXT_TO_NOTHING = 1 << 20;

    private final ExportOptions options;
    private final Compressor compressor;

    /**
     * An exporter.
     *
     * @throws FaultException with {@link FaultException.Category#MISSING_ON_MACHINE} if the native LZ4 library cannot be
     *     loaded
     */
    public ArtifactExporter(ExportOptions options) {
        this.options = options;
        this.compressor = new Compressor();
    }

    /**
     * Makes the artifact of the tree at {@code root} in {@code outputDirectory}, which is created if needed. The files get
     * their names when all of them are complete, the {@code .md5} last; until then, and after a failure for good, those of
     * an earlier artifact stay as they are.
     *
     * @throws FaultException if the tree has what cannot be shipped, changes while it is read, or cannot be read; if the
     *     output cannot be written, for instance because the disk is full ({@link FaultException.Category#FAILED_WORK}); or
     *     if a program is missing that lists the packages ({@link FaultException.Category#MISSING_ON_MACHINE})
     * @throws InterruptedException if the thread was interrupted; nothing of the export is left
     */
    public Artifact export(Path root, Path outputDirectory, ExportProgress progress) throws InterruptedException {
        return export(root, outputDirectory, SidecarFiles.NONE, progress);
    }

    /**
     * Like {@link #export(Path, Path, ExportProgress)}, with the files that {@code sidecars} makes. Those that an earlier
     * artifact had and this one has not are removed before anything of this one is seen, the signature in any case.
     *
     * @throws FaultException also if {@code sidecars} throws it
     */
    public Artifact export(Path root, Path outputDirectory, SidecarFiles sidecars, ExportProgress progress)
            throws InterruptedException {
        Standing standing = new Standing(progress);
        try {
            Files.createDirectories(outputDirectory);
            try (PendingDirectory pending = PendingDirectory.open(outputDirectory)) {
                return export(root, outputDirectory, pending, sidecars, standing);
            }
        } catch (ClosedByInterruptException e) {
            throw interrupted(e);
        } catch (IOException e) {
            throw notWritten(outputDirectory, standing, e);
        }
    }

    /**
     * Compresses the blocks of the tree at {@code root} into the block cache and writes nothing else: for a tree that is
     * not finished yet, but most of which will be in an image later. The tree may change meanwhile. Runs on one thread of
     * the lowest priority while the caller waits.
     *
     * @throws FaultException as {@link #export} does for the tree; or if the block cache cannot be used
     * @throws InterruptedException if the calling thread was interrupted; takes at most as long as one block needs
     */
    public Precompression precompress(Path root) throws InterruptedException {
        try {
            return LowPriorityThread.run("artifact-precompression", () -> fillCache(root));
        } catch (ExecutionException e) {
            switch (e.getCause()) {
                case InterruptedException interrupted -> throw interrupted;
                case ClosedByInterruptException interrupted -> throw interrupted(interrupted);
                case IOException trouble -> throw options.blockCache().unusable(trouble);
                case RuntimeException fault -> throw fault;
                case null, default -> throw new IllegalStateException("compressing ahead failed", e);
            }
        }
    }

    private Artifact export(
            Path root, Path outputDirectory, PendingDirectory pending, SidecarFiles sidecars, Standing standing)
            throws IOException, InterruptedException {
        List<String> notes = new ArrayList<>();
        Path tarball = pending.resolve(TARBALL);
        TarballWriter.Sums sums;
        FileTree tree;
        ImageScan scan = new ImageScan();
        try (PackageList packages = PackageList.start(root, pending.resolve(PACKAGES), pending.resolve("complaints"));
                BlockCache.Session cache = options.blockCache().open(compressor.hash64())) {
            Instant begun = Instant.now();
            tree = FileTree.walk(root, options.times(), false);
            notes.addAll(tree.notes());
            BlockEncoder encoder = new BlockEncoder(compressor, cache);
            List<KnownBlock> blocks = new ArrayList<>();
            List<SegmentTable.Run> runs;
            try (TarballWriter writer = new TarballWriter(tarball, compressor);
                    BlockPipeline pipeline = new BlockPipeline(encoder, options.threads(), block -> {
                        CompletableFuture<Void> done = writer.write(block);
                        scan.accept(block.content, 0, block.length);
                        standing.written(block, tree.tarBytes(), writer.written());
                        blocks.add(block.known());
                        return done;
                    })) {
                SegmentTable known = SegmentTable.parse(cache.tables(compressor));
                runs = new TarWriter(root, new Chunker(pipeline), known, false).write(tree);
                pipeline.finish();
                sums = writer.finish();
            }
            packages.finish();
            encoder.keepTable(SegmentTable.encode(tree.items(), runs, blocks, begun));
            encoder.cacheTrouble()
                    .ifPresent(trouble -> notes.add("Not all compressed blocks could be kept for the next build: "
                            + InputOutputReason.of(trouble) + "."));
        }
        writeSum(pending.resolve(MD5), sums.md5());
        writeSum(pending.resolve(SHA256), sums.sha256());
        long checkBegun = System.nanoTime();
        CheckReport check = check(scan, ArtifactLocation.of(tarball), sums);
        Duration checking = scan.duration().plusNanos(System.nanoTime() - checkBegun);
        long tarballBytes = Files.size(tarball);
        sidecars.write(ArtifactLocation.of(tarball), sums.sha256());
        List<String> told = ArtifactLocation.SIDECARS.stream()
                .filter(name -> Files.exists(pending.resolve(name)))
                .toList();
        List<String> names = new ArrayList<>(List.of(TARBALL, PACKAGES));
        names.addAll(told);
        names.addAll(List.of(SHA256, MD5));
        for (String name : names) {
            synchronise(pending.resolve(name));
        }
        replace(outputDirectory, pending, names);
        return new Artifact(
                outputDirectory.resolve(TARBALL),
                outputDirectory.resolve(MD5),
                outputDirectory.resolve(SHA256),
                outputDirectory.resolve(PACKAGES),
                told.stream().map(outputDirectory::resolve).toList(),
                tree.tarBytes(),
                tarballBytes,
                tree.items().size(),
                standing.now.blocks(),
                standing.now.blocksFromCache(),
                sums.md5(),
                sums.sha256(),
                check,
                checking,
                notes);
    }

    /**
     * Puts finished files in the place of an earlier artifact's. Its checksums go first, so that at no moment, and after no
     * loss of power, they stand beside a tarball that is not theirs.
     */
    private static void replace(Path outputDirectory, PendingDirectory pending, List<String> names) throws IOException {
        List<String> obsolete = new ArrayList<>(List.of(MD5, SHA256));
        obsolete.addAll(ArtifactLocation.SIDECARS.reversed().stream()
                .filter(name -> !names.contains(name))
                .toList());
        for (String name : obsolete) {
            Files.deleteIfExists(outputDirectory.resolve(name));
        }
        for (String name : names) {
            Files.move(pending.resolve(name), outputDirectory.resolve(name), StandardCopyOption.ATOMIC_MOVE);
        }
        synchronise(outputDirectory);
    }

    private static void synchronise(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    /** The entries were looked at on their way into the blocks; what is left is what was made of these. */
    private CheckReport check(ImageScan scan, ArtifactLocation written, TarballWriter.Sums sums) throws IOException {
        CheckReport image = scan.finish(true, true, written.packages());
        List<Finding> findings =
                new ArrayList<>(ArtifactCheck.checkForm(written, compressor, sums.md5(), sums.sha256()));
        findings.addAll(image.findings());
        return new CheckReport(image.system(), findings, image.losses(), image.entries(), image.tarBytes());
    }

    private Precompression fillCache(Path root) throws IOException, InterruptedException {
        try (BlockCache.Session cache = options.blockCache().open(compressor.hash64())) {
            FileTree tree = FileTree.walk(root, options.times(), true);
            CacheFiller filler = new CacheFiller(new BlockEncoder(compressor, cache));
            new TarWriter(root, new Chunker(filler), SegmentTable.EMPTY, true).write(tree);
            return new Precompression(tree.tarBytes(), filler.blocks(), filler.blocksFromCache());
        }
    }

    private static void writeSum(Path file, String sum) throws IOException {
        Files.writeString(file, sum + "  " + TARBALL + "\n");
    }

    /** How far an export is. Written by the writing thread, read by the exporting one after that has ended. */
    private static final class Standing {

        private final ExportProgress progress;
        private volatile ExportProgress.Standing now = new ExportProgress.Standing(0, 0, 0, 0, 0);

        Standing(ExportProgress progress) {
            this.progress = progress;
        }

        void written(Block block, long bytesTotal, long bytesWritten) {
            ExportProgress.Standing before = now;
            now = new ExportProgress.Standing(
                    before.bytesRead() + block.length,
                    bytesTotal,
                    bytesWritten,
                    before.blocks() + 1,
                    before.blocksFromCache() + (block.fromCache ? 1 : 0));
            progress.report(now);
        }
    }

    private static InterruptedException interrupted(ClosedByInterruptException cause) {
        Thread.interrupted(); // the flag is still set; the exception now says it
        InterruptedException interrupted = new InterruptedException();
        interrupted.initCause(cause);
        return interrupted;
    }

    private static FaultException notWritten(Path outputDirectory, Standing standing, IOException cause) {
        String reason = InputOutputReason.of(cause);
        String written = "The artifact could not be written to " + outputDirectory + ": " + reason + ".";
        long left = bytesLeft(outputDirectory);
        if (!reason.contains("No space left on device") && (left < 0 || left >= NEXT_TO_NOTHING)) {
            return FaultException.failed(written, cause);
        }
        ExportProgress.Standing reached = standing.now;
        double megabytes = reached.bytesWritten() / 1e6;
        String needed = reached.bytesRead() == 0
                ? "It was full from the start."
                : "img.tar.lz4 needs about %,.0f MB, and there was room for %,.0f MB."
                        .formatted(megabytes * reached.bytesTotal() / reached.bytesRead(), megabytes);
        return new FaultException(
                FaultException.Category.FAILED_WORK,
                written + " " + needed,
                "Make room there. An earlier artifact in the directory is as it was.",
                cause);
    }

    /** Bytes that may still be written to the file system of {@code directory}; -1 if it cannot tell. */
    private static long bytesLeft(Path directory) {
        try {
            return Files.getFileStore(directory).getUsableSpace();
        } catch (IOException e) {
            return -1;
        }
    }
}
