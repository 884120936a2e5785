package io.metalimages.store.object.s3;

import io.metalimages.store.object.FaultyNetwork;
import io.metalimages.store.object.ObjectStore;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;

/** A bucket of an S3 server of our own, and in it as many stores as are wanted. */
public final class LocalBucket implements AutoCloseable {

    private final AtomicInteger stores = new AtomicInteger();
    private final S3Server server;
    private final FaultyNetwork network;

    /** @param directory for the server's settings and its log */
    public LocalBucket(Path directory) throws IOException, InterruptedException {
        server = S3Server.start(directory);
        network = new FaultyNetwork(server.port(), request -> FaultyNetwork.Fault.NONE);
    }

    public ObjectStore openEmpty() {
        return server.open("store/" + stores.incrementAndGet(), network.port());
    }

    @Override
    public void close() throws IOException {
        network.close();
        server.close();
    }
}
