package io.metalimages.store.object.s3;

import io.metalimages.testing.ServerProcess;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Client;

/** S3Proxy in a process of its own, with a bucket in memory. While it runs, S3 is used with its credentials. */
final class S3Server implements BucketServer {

    static final String BUCKET = "images";
    static final String ACCESS_KEY = "access-key-of-the-tests";
    static final String SECRET_KEY = "secret-key-of-the-tests";

    private static final Pattern PORT = Pattern.compile("127\\.0\\.0\\.1:([0-9]+)");

    private final ServerProcess process;

    private S3Server(ServerProcess process) {
        this.process = process;
        System.setProperty("aws.accessKeyId", ACCESS_KEY);
        System.setProperty("aws.secretAccessKey", SECRET_KEY);
    }

    /** @param directory for its settings and its log */
    static S3Server start(Path directory) throws IOException, InterruptedException {
        Path settings =
                Files.writeString(directory.resolve("s3proxy.properties"), """
                s3proxy.endpoint=http://127.0.0.1:0
                s3proxy.authorization=aws-v2-or-v4
                s3proxy.identity=%s
                s3proxy.credential=%s
                jclouds.provider=transient
                """.formatted(ACCESS_KEY, SECRET_KEY));
        S3Server server = new S3Server(ServerProcess.start(
                List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-XX:+UseSerialGC",
                        "-cp",
                        System.getProperty("java.class.path"),
                        "org.gaul.s3proxy.Main",
                        "--properties",
                        settings.toString()),
                directory.resolve("s3proxy.log"),
                PORT));
        server.createBucket();
        return server;
    }

    private void createBucket() {
        try (S3Client client = client()) {
            client.createBucket(request -> request.bucket(BUCKET));
        }
    }

    /** Asks the server what no store tells. */
    S3Client client() {
        return S3Client.builder()
                .httpClientBuilder(UrlConnectionHttpClient.builder())
                .region(Region.US_EAST_1)
                .endpointOverride(URI.create("http://127.0.0.1:" + port()))
                .forcePathStyle(true)
                .credentialsProvider(
                        StaticCredentialsProvider.create(AwsBasicCredentials.create(ACCESS_KEY, SECRET_KEY)))
                .build();
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
        return Map.of("AWS_ACCESS_KEY_ID", ACCESS_KEY, "AWS_SECRET_ACCESS_KEY", SECRET_KEY);
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
