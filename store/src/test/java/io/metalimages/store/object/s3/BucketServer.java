package io.metalimages.store.object.s3;

import io.metalimages.store.object.ObjectStore;
import io.metalimages.store.object.gcs.GoogleServer;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** A server with buckets, in a process of its own on this machine. */
public interface BucketServer extends AutoCloseable {

    /** In how large parts {@link #open} sends. */
    int PART_BYTES = 5 << 20;

    /** How much {@link #open} has a server copy by one request. */
    long MOST_COPIED = 6 << 20;

    /** The servers that there are. */
    enum Kind {
        S3_PROXY {
            @Override
            public BucketServer start(Path directory) throws Exception {
                return S3Server.start(directory);
            }
        },
        S3_MOCK {
            @Override
            public BucketServer start(Path directory) throws Exception {
                return S3MockServer.start(directory);
            }
        },
        GOOGLE {
            @Override
            public BucketServer start(Path directory) throws Exception {
                return GoogleServer.start(directory);
            }
        };

        /**
         * Starts the server.
         *
         * @param directory for its settings and its log
         */
        public abstract BucketServer start(Path directory) throws Exception;
    }

    int port();

    /**
     * The URL of a store on this server.
     *
     * @param port where to reach it: its own, or that of a network before it
     */
    String url(String prefix, int port);

    /** Opens that store, with this server's credentials. */
    ObjectStore open(String prefix, int port) throws Exception;

    /** The variables that have another process find this server's credentials. */
    Map<String, String> environment() throws Exception;

    /** What nobody may be shown. */
    List<String> secrets();

    @Override
    void close();
}
