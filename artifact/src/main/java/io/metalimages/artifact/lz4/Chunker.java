package io.metalimages.artifact.lz4;

import java.io.IOException;
import java.nio.charset.StandardCharsets;

/**
 * Cuts the tar into blocks, choosing the boundaries by content, so that what is the same in the next image gives the
 * same blocks there, wherever in the tar it lies.
 *
 * <p>A block has {@value #SMALLEST} to {@value Lz4Frame#LARGEST_BLOCK} bytes; only the last one may be smaller. LZ4 looks
 * back 64 KiB and a block starts with nothing to look back at, so each boundary costs compression: the rules aim at an
 * average of more than half a MiB, which costs well under one per cent. In the order in which they are looked at:
 *
 * <ol>
 *   <li><b>Before an entry of {@value #USUAL} bytes or more</b> there is a boundary: the blocks of a large file then depend
 *       on that file alone.
 *   <li><b>After an entry</b> of {@code n} bytes there is one if a hash of its path, taken modulo {@value #USUAL}, is less
 *       than {@code n}. So boundaries come every {@value #USUAL} bytes on average whatever the size of the files, always
 *       after a large file, and hardly any moves when a small file changes: not with its content, and with its size only
 *       if that crosses its path's number. The bytes before a file's end would be a bad source for the decision, since
 *       most of them are tar's zero padding. Digits are left out of the hash: paths change with versions, and
 *       boundaries need not.
 *   <li><b>Where the next entry would overrun the largest block</b>, there is one, rather than amid that entry.
 *   <li><b>Within an entry of {@value #LARGE} bytes or more</b> a gear hash of the last 64 bytes decides (as in FastCDC, Xia
 *       et al., USENIX ATC 2016, with its two masks that keep block sizes near each other): a change or an insertion
 *       moves the boundaries near it, no others. Smaller entries are not looked into: they cost one block at most.
 *   <li><b>At {@value Lz4Frame#LARGEST_BLOCK} bytes</b>, if nothing else came.
 * </ol>
 *
 * <p>No rule cuts off less than {@value #SMALLEST} bytes. Boundaries depend on the entries alone, never on how many bytes
 * a read happened to return.
 *
 * <p>Belongs to one thread.
 */
public final class Chunker {

    /** A boundary never makes a block of less bytes than this. */
    static final int SMALLEST = 64 << 10;

    /** The average distance of boundaries that fall on the ends of small entries. */
    static final int USUAL = 512 << 10;

    /** From this many bytes on, boundaries are looked for within an entry. */
    static final int LARGE = 1 << 20;

    /** A block within a large entry is rather smaller than this than much larger. */
    private static final int USUAL_WITHIN = 1 << 20;

    /** How many of the last bytes the gear hash depends on: each is shifted out after 64 steps. */
    private static final int WINDOW = 64;

    /** One position in four million: boundaries below {@link #USUAL_WITHIN} are rare. */
    private static final long RARE = -1L << (64 - 22);

    /** One position in a quarter million. */
    private static final long FREQUENT = -1L << (64 - 18);

    /** Read in portions that stay in the processor's cache until they are hashed. */
    private static final int PORTION = 256 << 10;

    private static final long[] GEAR = gear();

    /** Gives bytes, as {@link java.io.InputStream#read(byte[], int, int)} does. */
    public interface Source {
        int read(byte[] into, int offset, int most) throws IOException;
    }

    private final BlockSink sink;
    private Block block;
    private int blocks;
    private int repeated;

    private String entryPath = "";
    private long entryLength;
    private boolean within;
    private int hashed;
    private long hash;

    public Chunker(BlockSink sink) throws IOException, InterruptedException {
        this.sink = sink;
        this.block = sink.empty();
        block.length = 0;
    }

    /** Blocks handed over so far. */
    public int blocks() {
        return blocks;
    }

    /** Whether no block is begun: what comes depends on nothing that was before. */
    public boolean atBoundary() {
        return block.length == 0;
    }

    /**
     * Sets the boundaries that an entry calls for before it begins.
     *
     * @param length as of {@link #startEntry}
     */
    public void makeRoom(long length) throws IOException, InterruptedException {
        if (length >= USUAL || block.length + length > Lz4Frame.LARGEST_BLOCK) {
            cutHere();
        }
    }

    /**
     * Begins an entry, for which room was made.
     *
     * @param path its name in the tar
     * @param length of all that will be written for it, headers and padding included
     */
    public void startEntry(String path, long length) {
        entryPath = path;
        entryLength = length;
        within = length >= LARGE;
        hashed = Math.max(block.length, SMALLEST - WINDOW);
        hash = 0;
    }

    /**
     * Hands over, at a boundary, a block as it was encoded before, in the place of the bytes that would give it.
     *
     * @return whether that block is still there; if not, nothing has happened
     */
    public boolean recall(KnownBlock known) throws IOException, InterruptedException {
        if (!sink.recall(known, block)) {
            return false;
        }
        handOver(sink.empty());
        return true;
    }

    /** The next {@code blocks} that are cut were handed over already, and are not again. */
    public void repeat(int blocks) {
        repeated = blocks;
    }

    /** Ends the entry. */
    public void endEntry() throws IOException, InterruptedException {
        within = false;
        if (Long.remainderUnsigned(hashOf(entryPath), USUAL) < entryLength) {
            cutHere();
        }
    }

    /** Suggests a boundary between two kinds of entries. */
    public void endSection() throws IOException, InterruptedException {
        cutHere();
    }

    public void write(byte[] bytes) throws IOException, InterruptedException {
        int position = 0;
        while (position < bytes.length) {
            int count = Math.min(bytes.length - position, Lz4Frame.LARGEST_BLOCK - block.length);
            System.arraycopy(bytes, position, block.content, block.length, count);
            added(count);
            position += count;
        }
    }

    /**
     * Writes what {@code source} has.
     *
     * @return how many bytes that was; more than {@code length} if it did not end there, and then that is all that is
     *     known
     */
    public long write(Source source, long length) throws IOException, InterruptedException {
        long taken = 0;
        while (true) {
            int count =
                    source.read(block.content, block.length, Math.min(PORTION, Lz4Frame.LARGEST_BLOCK - block.length));
            if (count < 0) {
                return taken;
            }
            taken += count;
            if (taken > length) {
                return taken;
            }
            added(count);
        }
    }

    /** Hands over the last block. */
    public void finish() throws IOException, InterruptedException {
        if (block.length > 0) {
            sink.accept(block);
        }
    }

    /** Takes {@code count} bytes that stand in the block after those that count already. */
    private void added(int count) throws IOException, InterruptedException {
        int end = block.length + count;
        while (true) {
            int cut = within ? boundaryWithin(end) : -1;
            if (cut < 0 && end == Lz4Frame.LARGEST_BLOCK) {
                cut = end;
            }
            if (cut < 0) {
                block.length = end;
                return;
            }
            end = cut(cut, end);
        }
    }

    private void cutHere() throws IOException, InterruptedException {
        if (block.length >= SMALLEST) {
            cut(block.length, block.length);
        }
    }

    /** Ends the block after {@code length} of its {@code end} bytes; the rest, whose length it returns, starts the next. */
    private int cut(int length, int end) throws IOException, InterruptedException {
        int rest = end - length;
        hashed = SMALLEST - WINDOW;
        hash = 0;
        if (repeated > 0) {
            repeated--;
            System.arraycopy(block.content, length, block.content, 0, rest);
            block.length = 0;
            return rest;
        }
        Block next = sink.empty();
        System.arraycopy(block.content, length, next.content, 0, rest);
        block.length = length;
        handOver(next);
        return rest;
    }

    private void handOver(Block next) throws IOException, InterruptedException {
        sink.accept(block);
        blocks++;
        block = next;
        block.length = 0;
    }

    /** The length at which the gear hash ends the block, or -1 if it does not before {@code end}. */
    private int boundaryWithin(int end) {
        if (end <= hashed) {
            return -1;
        }
        int cut = boundaryWithin(Math.min(end, SMALLEST - 1), 0L);
        if (cut < 0) {
            cut = boundaryWithin(Math.min(end, USUAL_WITHIN), RARE);
        }
        return cut < 0 ? boundaryWithin(end, FREQUENT) : cut;
    }

    /** Looks at the bytes before {@code limit} that were not looked at; a {@code mask} of zero only feeds the hash. */
    private int boundaryWithin(int limit, long mask) {
        byte[] content = block.content;
        long rolling = hash;
        int position = hashed;
        while (position < limit) {
            rolling = (rolling << 1) + GEAR[content[position] & 0xff];
            position++;
            if ((rolling & mask) == 0 && mask != 0) {
                hashed = position;
                hash = rolling;
                return position;
            }
        }
        hashed = position;
        hash = rolling;
        return -1;
    }

    /** FNV-1a of all but the digits, then mixed so that every bit of the result depends on every bit of the path. */
    private static long hashOf(String path) {
        long value = 0xcbf29ce484222325L;
        for (byte part : path.getBytes(StandardCharsets.UTF_8)) {
            if (part < '0' || part > '9') {
                value = (value ^ (part & 0xff)) * 0x100000001b3L;
            }
        }
        return mix(value);
    }

    /** The table of the gear hash: any fixed random numbers do. These are SplitMix64's first 256 from the seed 0. */
    private static long[] gear() {
        long[] table = new long[256];
        long state = 0;
        for (int i = 0; i < table.length; i++) {
            state += 0x9e3779b97f4a7c15L;
            table[i] = mix(state);
        }
        return table;
    }

    private static long mix(long value) {
        long mixed = (value ^ (value >>> 30)) * 0xbf58476d1ce4e5b9L;
        mixed = (mixed ^ (mixed >>> 27)) * 0x94d049bb133111ebL;
        return mixed ^ (mixed >>> 31);
    }
}
