package io.metalimages.store.object;

/**
 * A part of an object.
 *
 * @param start the first byte, from 0
 * @param length how many bytes at most; {@link Long#MAX_VALUE} for all up to the end
 */
public record ByteRange(long start, long length) {

    /** The whole object. */
    public static final ByteRange ALL = from(0);

    public ByteRange {
        if (start < 0 || length < 0) {
            throw new IllegalArgumentException("Not a range: " + start + ", " + length);
        }
    }

    /** All from {@code start} to the end. */
    public static ByteRange from(long start) {
        return new ByteRange(start, Long.MAX_VALUE);
    }

    /** How many bytes of an object of {@code bytes} bytes are in this range. */
    public long within(long bytes) {
        return Math.min(length, Math.max(0, bytes - start));
    }

    /** How this is written in the header {@code Range} (RFC 9110, section 14.2); it must not be empty. */
    public String header() {
        boolean open = length > Long.MAX_VALUE - start;
        return "bytes=" + start + "-" + (open ? "" : Long.toString(start + length - 1));
    }
}
