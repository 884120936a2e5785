package io.metalimages.artifact.tar;

import io.metalimages.artifact.lz4.Chunker;
import io.metalimages.artifact.lz4.KnownBlock;
import io.metalimages.common.Digest;
import io.metalimages.common.Digests;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Which blocks runs of entries became in earlier exports, so that files that nobody has changed since are not read again: what
 * git's index does for its work tree.
 *
 * <p>A segment is the entries between two boundaries of the {@link Chunker} that fall between entries. What its blocks hold
 * follows from the headers of its entries, from the content of its files, and from the next entry, whose kind and length the
 * boundary before it depends on. The identity of a segment is a digest of these, with the {@link FileVersion} of a file in
 * the place of its content.
 *
 * <p>A file that was changed less than {@link #SETTLED} before its export began is not relied on: it may have been changed
 * again since, without a later time. Immutable and thread-safe.
 */
public final class SegmentTable {

    /** Much more than a tick of the clock that the times of files come from. */
    private static final Duration SETTLED = Duration.ofSeconds(2);

    /** Knows nothing. */
    public static final SegmentTable EMPTY = new SegmentTable(List.of());

    /**
     * Which entries became which blocks in an export, both by their numbers from zero on, the ends exclusive.
     *
     * @param identity of the segment
     */
    public record Run(int firstEntry, int endEntry, int firstBlock, int endBlock, Digest identity) {}

    private final Map<String, List<Segment>> segments = new HashMap<>();

    private SegmentTable(List<Segment> all) {
        for (Segment segment : all) {
            List<Segment> samePath = segments.computeIfAbsent(segment.path(), _ -> new ArrayList<>());
            if (samePath.stream().noneMatch(other -> other.identity().equals(segment.identity()))) {
                samePath.add(segment);
            }
        }
    }

    /** What several tables know. */
    public static SegmentTable parse(List<byte[]> tables) {
        List<Segment> all = new ArrayList<>();
        tables.forEach(table -> parse(table, all));
        return new SegmentTable(all);
    }

    /** The segment that begins with the entry {@code first} of a tree, if it is known. */
    Optional<Segment> find(List<FileTree.Item> items, int first) {
        return segments.getOrDefault(items.get(first).entry().path(), List.of()).stream()
                .filter(segment -> first + segment.entries() < items.size()
                        && identity(items, first, first + segment.entries()).equals(segment.identity()))
                .findFirst();
    }

    /** The identity of the entries from {@code first} until before {@code end}, which is an entry too. */
    static Digest identity(List<FileTree.Item> items, int first, int end) {
        MessageDigest digest = Digests.sha256();
        for (FileTree.Item item : items.subList(first, end)) {
            digest.update(item.header());
            item.version().ifPresent(version -> version.digest(digest));
        }
        FileTree.Item next = items.get(end);
        digest.update(ByteBuffer.allocate(Long.BYTES + Byte.BYTES)
                .putLong(next.length())
                .put((byte) (next.isDirectory() ? 1 : 0))
                .flip());
        return new Digest(HexFormat.of().formatHex(digest.digest()));
    }

    /**
     * The table of an export, for the next ones.
     *
     * @param begun when the walk of the tree began
     * @param blocks all of them, in order
     */
    public static byte[] encode(List<FileTree.Item> items, List<Run> runs, List<KnownBlock> blocks, Instant begun) {
        Instant settled = begun.minus(SETTLED);
        List<Run> reliable = runs.stream()
                .filter(run -> items.subList(run.firstEntry(), run.endEntry()).stream()
                        .allMatch(item -> item.version()
                                .map(version -> version.changed().isBefore(settled))
                                .orElse(true)))
                .toList();
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (DataOutputStream table = new DataOutputStream(bytes)) {
            table.writeInt(reliable.size());
            for (Run run : reliable) {
                table.writeUTF(items.get(run.firstEntry()).entry().path());
                table.writeInt(run.endEntry() - run.firstEntry());
                write(run.identity(), table);
                table.writeInt(run.endBlock() - run.firstBlock());
                for (KnownBlock block : blocks.subList(run.firstBlock(), run.endBlock())) {
                    write(block.content(), table);
                    table.writeInt(block.length());
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException("memory can be written to", e);
        }
        return bytes.toByteArray();
    }

    private static void parse(byte[] bytes, List<Segment> into) {
        try (DataInputStream table = new DataInputStream(new ByteArrayInputStream(bytes))) {
            for (int remaining = table.readInt(); remaining > 0; remaining--) {
                String path = table.readUTF();
                int entries = table.readInt();
                Digest identity = readDigest(table);
                List<KnownBlock> blocks = new ArrayList<>();
                for (int more = table.readInt(); more > 0; more--) {
                    blocks.add(new KnownBlock(readDigest(table), table.readInt()));
                }
                into.add(new Segment(path, entries, identity, blocks));
            }
        } catch (IOException e) {
            throw new UncheckedIOException("a table that is whole can be read", e);
        }
    }

    private static void write(Digest digest, DataOutputStream table) throws IOException {
        table.write(HexFormat.of().parseHex(digest.hex()));
    }

    private static Digest readDigest(DataInputStream table) throws IOException {
        return new Digest(HexFormat.of().formatHex(table.readNBytes(32)));
    }
}
