package io.metalimages.http;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;

/**
 * A response's body, from a server that may fall silent. That is told from one that is slow by another thread, which takes
 * the connection away. Belongs to one thread.
 */
final class WatchedInput extends FilterInputStream {

    private final TimeLimits limits;

    WatchedInput(InputStream body, TimeLimits limits) {
        super(body);
        this.limits = limits;
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] buffer, int offset, int size) throws IOException {
        if (in.available() > 0 && !limits.isOver()) {
            return in.read(buffer, offset, size);
        }
        Watch watch = new Watch(limits.next());
        Thread thread = Thread.ofVirtual().start(watch);
        try {
            int count = in.read(buffer, offset, size);
            if (count < 0 && watch.exceeded) {
                throw limits.excess(null);
            }
            return count;
        } catch (IOException e) {
            throw watch.exceeded ? limits.excess(e) : e;
        } finally {
            thread.interrupt();
        }
    }

    @Override
    public long skip(long count) throws IOException {
        return 0; // by reading
    }

    private final class Watch implements Runnable {

        private final Duration limit;
        private volatile boolean exceeded;

        Watch(Duration limit) {
            this.limit = limit;
        }

        @Override
        public void run() {
            try {
                Thread.sleep(limit);
                exceeded = true;
                in.close();
            } catch (InterruptedException | IOException bytesHaveCome) {
                // Nothing to watch for any more.
            }
        }
    }
}
