package io.metalimages.build.base;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.metalimages.common.Digest;
import io.metalimages.testing.Host;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.CopyOnWriteArrayList;

/** An archive on this machine, signed with a key of its own. It serves what is put into it. */
final class SignedArchive implements AutoCloseable {

    private static final DateTimeFormatter DATE =
            DateTimeFormatter.ofPattern("EEE, dd MMM yyyy HH:mm:ss 'UTC'", Locale.ENGLISH);

    /** Says what to serve; nothing if there is no such file. */
    @FunctionalInterface
    interface Content {
        byte[] read() throws IOException, InterruptedException;
    }

    /** Says what to serve under a path. */
    @FunctionalInterface
    interface Directory {
        byte[] read(String path) throws IOException, InterruptedException;
    }

    private final Path directory;
    private final HttpServer server;
    private final ConcurrentMap<String, Content> files = new ConcurrentHashMap<>();
    private final List<String> requests = new ArrayList<>();
    private final List<String> served = new CopyOnWriteArrayList<>();
    private volatile String authorization = "";
    private volatile Directory rest = path -> new byte[0];

    /** @param directory for the key; its path has to be short, as gpg has a socket in it */
    SignedArchive(Path directory) throws IOException, InterruptedException {
        for (String program : List.of("gpg", "gpg-agent", "gpgv")) {
            Host.assumeInstalled(program, program);
        }
        this.directory = Files.createDirectories(directory);
        Files.setAttribute(directory, "unix:mode", 0700);
        gpg("--quick-generate-key", "Archive of a test", "ed25519", "sign", "never");
        gpg("--output", keyring().toString(), "--export");
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", this::serve);
        server.start();
    }

    private void gpg(String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(
                List.of("gpg", "--homedir", directory.toString(), "--batch", "--quiet", "--yes", "--passphrase", ""));
        command.addAll(List.of(arguments));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (process.waitFor() != 0) {
            throw new AssertionError(String.join(" ", command) + ": " + output);
        }
    }

    Path keyring() {
        return directory.resolve("keyring.gpg");
    }

    String address() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    /** What was asked for, so far. */
    List<String> requests() {
        synchronized (requests) {
            return List.copyOf(requests);
        }
    }

    /** What was asked for by those who may have it, so far. */
    List<String> served() {
        return List.copyOf(served);
    }

    private void serve(HttpExchange exchange) throws IOException {
        String path = exchange.getRequestURI().getPath();
        synchronized (requests) {
            requests.add(path);
        }
        try (exchange) {
            if (!authorization.isEmpty()
                    && !authorization.equals(exchange.getRequestHeaders().getFirst("Authorization"))) {
                exchange.getResponseHeaders().set("WWW-Authenticate", "Basic realm=archive");
                exchange.sendResponseHeaders(401, -1);
                return;
            }
            served.add(path);
            Content content = files.get(path);
            byte[] bytes = content == null ? rest.read(path) : content.read();
            if (bytes.length == 0) {
                exchange.sendResponseHeaders(404, -1);
            } else {
                exchange.sendResponseHeaders(200, bytes.length);
                exchange.getResponseBody().write(bytes);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** From now on only this user is served; anybody is, if {@code name} is empty. */
    void requireUser(String name, String password) {
        authorization = name.isEmpty()
                ? ""
                : "Basic "
                        + Base64.getEncoder().encodeToString((name + ":" + password).getBytes(StandardCharsets.UTF_8));
    }

    /** What was put under {@code path}. */
    byte[] content(String path) throws IOException, InterruptedException {
        return Objects.requireNonNull(files.get(path)).read();
    }

    void put(String path, Content content) {
        files.put(path, content);
    }

    /** Where everything is from that was not put here. */
    void putRest(Directory directory) {
        rest = directory;
    }

    void remove(String path) {
        files.remove(path);
    }

    /** Puts a suite with nothing in it into the archive at {@code path}. */
    Digest suite(String path, String name, Instant date, String... furtherLines) throws Exception {
        return suite(path + "/dists/" + name + "/InRelease", "Debian", name, date, furtherLines);
    }

    Digest suite(String path, String origin, String codename, Instant date, String... furtherLines) throws Exception {
        byte[] signed = signed(release(origin, "oldstable", codename, date, furtherLines));
        put(path, () -> signed);
        return Digest.of(signed);
    }

    /** The signed list of a suite with nothing in it. */
    Content signedSuite(String origin, String suite, String codename, Instant date) throws Exception {
        byte[] signed = signed(release(origin, suite, codename, date));
        return () -> signed;
    }

    private static String release(String origin, String suite, String codename, Instant date, String... furtherLines) {
        return "Origin: " + origin + "\nLabel: " + origin + "\nSuite: " + suite + "\nCodename: " + codename
                + "\nDate: " + time(date) + "\n"
                + (furtherLines.length == 0 ? "" : String.join("\n", furtherLines) + "\n")
                + "Components: main\nArchitectures: amd64\nSHA256:\n " + "0".repeat(64)
                + " 0 main/binary-amd64/Packages\n";
    }

    static String time(Instant date) {
        return DATE.format(date.atZone(ZoneOffset.UTC));
    }

    /** The text with this archive's signature. */
    byte[] signed(String text) throws IOException, InterruptedException {
        Path plain = Files.createTempFile(directory, "text", "");
        Files.writeString(plain, text);
        gpg("--clear-sign", plain.toString());
        return Files.readAllBytes(plain.resolveSibling(plain.getFileName() + ".asc"));
    }

    /** Ends the server, and what gpg leaves running. */
    @Override
    public void close() throws IOException {
        server.stop(0);
        new ProcessBuilder("gpgconf", "--homedir", directory.toString(), "--kill", "gpg-agent")
                .inheritIO()
                .start()
                .onExit()
                .join();
    }
}
