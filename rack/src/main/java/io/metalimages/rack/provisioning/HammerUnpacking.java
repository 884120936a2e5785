package io.metalimages.rack.provisioning;

import io.metalimages.artifact.ArtifactLocation;
import io.metalimages.artifact.CheckCode;
import io.metalimages.artifact.CheckProgress;
import io.metalimages.artifact.check.ArtifactContent;
import io.metalimages.artifact.tar.TarEntry;
import io.metalimages.artifact.tar.TarScanner;
import io.metalimages.common.FaultException;
import io.metalimages.common.ForeignText;
import io.metalimages.engine.work.ProcessLauncher;
import io.metalimages.engine.work.WorkDirectory;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Unpacks an image on this machine as metal-hammer does: owners, directory modes, times and extended attributes are lost. An
 * image that would fill the disk, or has more entries than {@link TarScanner} reads, is given up on the way.
 */
final class HammerUnpacking {

    /** Of what a program says, as it may have something to say of each file. */
    private static final int MOST_LINES = 3;

    /** What ends {@link TarScanner}'s reading, while tar would go on. */
    private static final Set<CheckCode> STOPS = Set.of(
            CheckCode.TAR_CORRUPT, CheckCode.TOO_MANY_ENTRIES, CheckCode.PATH_TOO_LONG, CheckCode.TOO_MUCH_METADATA);

    private final ArtifactLocation image;
    private final Path root;
    private final WorkDirectory work;
    private final List<String> lines = new ArrayList<>();

    /** @param root an empty directory */
    HammerUnpacking(ArtifactLocation image, Path root, WorkDirectory work) {
        this.image = image;
        this.root = root;
        this.work = work;
    }

    /** @throws FaultException if the image is damaged, or takes more than it may; see {@link UnpackLimits} */
    void run() throws IOException, InterruptedException {
        Size size = new Size(UnpackLimits.of(image.tarball(), root));
        ProcessLauncher.Input tar =
                program -> new ArtifactContent().scan(image, size, size.counting(program), CheckProgress.SILENT);
        requireSuccess(work.launcher()
                .feed(
                        List.of(
                                "tar",
                                "--extract",
                                "--directory",
                                root.toString(),
                                "--preserve-permissions",
                                "--no-same-owner",
                                "--touch"),
                        Map.of(),
                        tar,
                        this::keep));
        requireSuccess(work.launcher()
                .run(
                        List.of(
                                "find",
                                root.toString(),
                                "-type",
                                "d",
                                "!",
                                "-perm",
                                "0755",
                                "-exec",
                                "chmod",
                                "0755",
                                "{}",
                                "+"),
                        Map.of(),
                        this::keep));
    }

    private void keep(String line) {
        if (lines.size() < MOST_LINES) {
            lines.add(ForeignText.line(line));
        }
    }

    private void requireSuccess(int status) {
        if (status != 0) {
            throw notUnpacked(String.join("; ", lines));
        }
    }

    private FaultException notUnpacked(String reason) {
        return FaultException.failed(image.tarball() + " could not be unpacked: " + reason, null);
    }

    /** Adds up what the entries take on a disk, before they are written; and what tar reads, as it may read entries otherwise. */
    private final class Size implements TarScanner.Visitor {

        /** What a file system takes for a file of one byte, and for a name. */
        private static final int BLOCK = 4096;

        private final UnpackLimits limits;
        private long bytes;

        Size(UnpackLimits limits) {
            this.limits = limits;
        }

        @Override
        public boolean entry(TarEntry entry) {
            limits.require(entry.size());
            long blocks = 1 + Math.ceilDiv(entry.size(), BLOCK);
            bytes += blocks * BLOCK;
            limits.require(bytes);
            return false;
        }

        @Override
        public void content(TarEntry entry, byte[] content) {
            // None was asked for.
        }

        OutputStream counting(OutputStream program) {
            return new FilterOutputStream(program) {
                private long written;

                @Override
                public void write(byte[] buffer, int offset, int length) throws IOException {
                    written += length;
                    limits.require(written);
                    out.write(buffer, offset, length);
                }
            };
        }

        @Override
        public void breach(CheckCode code, String path, String detail) {
            if (STOPS.contains(code)) {
                throw notUnpacked(code.meaning() + " " + detail);
            }
        }
    }
}
