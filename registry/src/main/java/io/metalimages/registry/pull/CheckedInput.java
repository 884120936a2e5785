package io.metalimages.registry.pull;

import io.metalimages.common.Digest;
import io.metalimages.common.Digests;
import io.metalimages.common.FaultException;
import io.metalimages.registry.Descriptor;
import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import java.util.HexFormat;

/**
 * Content that must be what a descriptor says. Reading it to its end, or beyond the size that it should have, throws a
 * {@link FaultException} if it is not. Belongs to one thread.
 */
final class CheckedInput extends InputStream {

    private final InputStream input;
    private final Descriptor expected;
    private final String task;
    private final MessageDigest digest = Digests.sha256();
    private long bytes;
    private boolean ended;

    /**
     * Content that nobody has looked at.
     *
     * @param task what is attempted, as the beginning of a sentence
     */
    CheckedInput(InputStream input, Descriptor expected, String task) {
        this.input = input;
        this.expected = expected;
        this.task = task;
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
        if (ended || length == 0) {
            return ended ? -1 : 0;
        }
        int count = input.read(buffer, offset, length);
        if (count < 0) {
            ended = true;
            requireExpected();
            return -1;
        }
        bytes += count;
        if (bytes > expected.size()) {
            throw FaultException.remote(
                    task + " failed: there are more bytes than the " + expected.size() + " that it should have.", null);
        }
        digest.update(buffer, offset, count);
        return count;
    }

    private void requireExpected() {
        if (bytes != expected.size()) {
            throw FaultException.remote(
                    task + " failed: it has " + bytes + " bytes, and should have " + expected.size() + ".", null);
        }
        Digest actual = new Digest(HexFormat.of().formatHex(digest.digest()));
        if (!actual.equals(expected.digest())) {
            throw FaultException.remote(
                    task + " failed: what came is not what was asked for. Its digest is " + Descriptor.written(actual)
                            + ", and not " + Descriptor.written(expected.digest()) + ".",
                    null);
        }
    }

    @Override
    public void close() throws IOException {
        input.close();
    }
}
