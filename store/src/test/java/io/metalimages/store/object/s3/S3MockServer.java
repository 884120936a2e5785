package io.metalimages.store.object.s3;

import io.metalimages.testing.ServerProcess;
import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * Adobe's S3Mock in a process of its own, with a bucket in a directory. It believes every signature. While it runs, S3 is
 * used with credentials that it has never heard of.
 */
final class S3MockServer implements BucketServer {

    private static final String BUCKET = "images";
    private static final String SECRET_KEY = "secret-key-for-s3mock";
    private static final Pattern READY =
            Pattern.compile("(?s)Tomcat started on ports ([0-9]+) \\(http\\).*Started S3MockApplication");

    private final ServerProcess process;

    private S3MockServer(ServerProcess process) {
        this.process = process;
        System.setProperty("aws.accessKeyId", "access-key-for-s3mock");
        System.setProperty("aws.secretAccessKey", SECRET_KEY);
    }

    /** @param directory for its objects and its log */
    static S3MockServer start(Path directory) throws IOException, InterruptedException {
        String program = Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
                .filter(path -> path.matches(".*/s3mock-[0-9.]+-exec\\.jar"))
                .findFirst()
                .orElseThrow();
        return new S3MockServer(ServerProcess.start(
                List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-XX:+UseSerialGC",
                        "-Dserver.address=127.0.0.1",
                        "-Dserver.port=0",
                        "-Dserver.ssl.enabled=false",
                        "-Dhttp.port=0",
                        "-Dcom.adobe.testing.s3mock.store.initialBuckets=" + BUCKET,
                        "-Dcom.adobe.testing.s3mock.store.root=" + directory.resolve("s3mock"),
                        "-jar",
                        program),
                directory.resolve("s3mock.log"),
                READY));
    }

    @Override
    public int port() {
        return process.port();
    }

    @Override
    public String url(String prefix, int reachedBy) {
        return "s3://" + BUCKET + "/" + prefix + "?path-style=true&endpoint=http://127.0.0.1:" + reachedBy;
    }

    @Override
    public S3Store open(String prefix, int reachedBy) {
        return S3Location.open(URI.create(url(prefix, reachedBy)), PART_BYTES, MOST_COPIED);
    }

    @Override
    public Map<String, String> environment() {
        return Map.of("AWS_ACCESS_KEY_ID", "access-key-for-s3mock", "AWS_SECRET_ACCESS_KEY", SECRET_KEY);
    }

    @Override
    public List<String> secrets() {
        return List.of(SECRET_KEY);
    }

    @Override
    public void close() {
        System.clearProperty("aws.accessKeyId");
        System.clearProperty("aws.secretAccessKey");
        process.close();
    }
}
