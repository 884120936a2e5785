package io.metalimages.store.object.gcs;

import io.metalimages.store.object.s3.BucketServer;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.databind.json.JsonMapper;

/** {@link GoogleServerProcess}, and credentials for it. */
public final class GoogleServer implements BucketServer {

    static final String BUCKET = "images";

    private static final Pattern PORT = Pattern.compile("127\\.0\\.0\\.1:([0-9]+)");

    private final Path directory;
    private final Process process;
    private final int port;
    private final PrivateKey key;

    private GoogleServer(Path directory, Process process, int port, PrivateKey key) {
        this.directory = directory;
        this.process = process;
        this.port = port;
        this.key = key;
    }

    /**
     * Starts the server.
     *
     * @param directory for its log, and for credentials
     */
    public static GoogleServer start(Path directory)
            throws IOException, InterruptedException, GeneralSecurityException {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
        generator.initialize(2048);
        KeyPair keys = generator.generateKeyPair();
        Path publicKey =
                Files.write(directory.resolve("google.key"), keys.getPublic().getEncoded());
        Path log = directory.resolve("google.log");
        Process process = new ProcessBuilder(List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-XX:+UseSerialGC",
                        "-cp",
                        System.getProperty("java.class.path"),
                        GoogleServerProcess.class.getName(),
                        publicKey.toString()))
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        while (true) {
            String text = Files.exists(log) ? Files.readString(log) : "";
            Matcher matcher = PORT.matcher(text);
            if (matcher.find()) {
                return new GoogleServer(directory, process, Integer.parseInt(matcher.group(1)), keys.getPrivate());
            }
            if (!process.isAlive()) {
                throw new IOException("the server ended: " + text);
            }
            Thread.sleep(20);
        }
    }

    @Override
    public int port() {
        return port;
    }

    /** The URL of a store in a bucket, by a server on this machine. */
    static URI store(String bucket, String prefix, int port) {
        return URI.create("gs://" + bucket + "/" + prefix + "?endpoint=http://127.0.0.1:" + port);
    }

    /** The service account's private key, as it is in files. */
    String privateKey() {
        return Base64.getEncoder().encodeToString(key.getEncoded());
    }

    Path serviceAccount() throws IOException {
        return serviceAccount("http://127.0.0.1:" + port + "/token", privateKey());
    }

    Path serviceAccount(String server, String privateKey) throws IOException {
        return Files.writeString(
                directory.resolve("service-account.json"),
                JsonMapper.shared()
                        .writeValueAsString(Map.of(
                                "type",
                                "service_account",
                                "client_email",
                                GoogleServerProcess.EMAIL,
                                "private_key_id",
                                "1",
                                "private_key",
                                "-----BEGIN PRIVATE KEY-----\n" + privateKey.replaceAll("(.{64})", "$1\n")
                                        + "\n-----END PRIVATE KEY-----\n",
                                "token_uri",
                                server)));
    }

    @Override
    public String url(String prefix, int reachedBy) {
        return store(BUCKET, prefix, reachedBy).toString();
    }

    @Override
    public GoogleStore open(String prefix, int reachedBy) throws IOException {
        return GoogleLocation.open(store(BUCKET, prefix, reachedBy), environment(), PART_BYTES);
    }

    @Override
    public List<String> secrets() {
        return List.of(
                privateKey().substring(0, 40),
                privateKey().substring(400, 440),
                GoogleServerProcess.CLIENT_SECRET,
                GoogleServerProcess.REFRESH_TOKEN,
                GoogleServerProcess.TOKEN_START,
                "eyJ"); // how the encoded form of a JSON object begins
    }

    @Override
    public Map<String, String> environment() throws IOException {
        return Map.of("GOOGLE_APPLICATION_CREDENTIALS", serviceAccount().toString());
    }

    /** All tokens that were given so far are worth nothing any more. */
    void revokeTokens() throws IOException, InterruptedException {
        try (HttpClient client = HttpClient.newHttpClient()) {
            client.send(
                    HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/revoke"))
                            .build(),
                    HttpResponse.BodyHandlers.discarding());
        }
    }

    @Override
    public void close() {
        process.destroy();
        process.onExit().join();
    }
}
