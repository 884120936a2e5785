package io.metalimages.registry;

import static io.metalimages.registry.SmallRegistry.first;
import static io.metalimages.registry.SmallRegistry.query;
import static io.metalimages.registry.SmallRegistry.send;
import static io.metalimages.registry.SmallRegistry.status;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.sun.net.httpserver.HttpExchange;
import io.metalimages.common.Digest;
import io.metalimages.common.FaultException;
import io.metalimages.common.FaultException.Category;
import io.metalimages.http.RetryPolicy;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Tokens and passwords: who gets them, who does not, and where they come from. */
final class AuthenticationTest {

    private static final RegistryOptions OPTIONS = new RegistryOptions(
            false,
            new RetryPolicy(3, Duration.ofMillis(1), Duration.ofMillis(20), Duration.ofSeconds(30)),
            1000,
            note -> {});

    private static final String PASSWORD = "swordfish";
    private static final byte[] MANIFEST = Manifest.index(List.of()).bytes();

    @TempDir
    private Path directory;

    private SmallRegistry server;
    private final List<Map<String, String>> tokenRequests = new CopyOnWriteArrayList<>();
    private final AtomicInteger tokens = new AtomicInteger();

    @BeforeEach
    void open() throws IOException {
        server = new SmallRegistry();
        server.putManifest("x", MediaTypes.IMAGE_INDEX, MANIFEST);
    }

    @AfterEach
    void close() {
        server.close();
    }

    private Registry registry(CredentialFiles credentials) {
        return new Registry(server.name(), OPTIONS, credentials);
    }

    private CredentialFiles configured(String json) throws IOException {
        Files.writeString(directory.resolve("config.json"), json);
        return new CredentialFiles(
                Map.of("DOCKER_CONFIG", directory.toString(), "PATH", directory + ":" + System.getenv("PATH")));
    }

    private CredentialFiles login() throws IOException {
        return configured("{\"auths\": {\"%s\": {\"auth\": \"%s\"}}}".formatted(server.name(), base64()));
    }

    private static String base64() {
        return Base64.getEncoder().encodeToString(("robot:" + PASSWORD).getBytes(StandardCharsets.UTF_8));
    }

    /** Lets in only who has the newest token, which it gives to everybody. */
    private SmallRegistry.Fault tokenService(String realm) {
        return exchange -> {
            if (exchange.getRequestURI().getPath().equals("/token")) {
                Map<String, String> request = query(exchange);
                String body = new String(SmallRegistry.read(exchange), StandardCharsets.UTF_8);
                if (!body.isEmpty()) {
                    request.put("form", body);
                }
                tokenRequests.add(request);
                send(
                        exchange,
                        200,
                        "application/json",
                        "{\"token\": \"token-%d\", \"expires_in\": 300}".formatted(tokens.incrementAndGet()));
                return true;
            }
            if (("Bearer token-" + tokens.get())
                    .equals(exchange.getRequestHeaders().getFirst("Authorization"))) {
                return false;
            }
            exchange.getResponseHeaders()
                    .add("WWW-Authenticate", "Negotiate, Bearer realm=\"" + realm + "\",service=\"small, one\"");
            exchange.getResponseHeaders().add("WWW-Authenticate", "Basic realm=\"x\"");
            send(exchange, 401, "application/json", SmallRegistry.error("UNAUTHORIZED"));
            return true;
        };
    }

    private String ownRealm() {
        return "http://" + server.name() + "/token";
    }

    @Test
    void tokenIsFetchedOnceForEachScopeAndAnewWhenItIsNoLongerTaken() throws Exception {
        server.before(tokenService(ownRealm()));
        try (Registry registry = registry(login())) {
            Repository repository = registry.repository("tests/tiny");
            assertThat(repository.manifests().find("x")).isPresent();
            assertThat(repository.manifests().find("x")).isPresent();
            assertThat(tokenRequests).hasSize(1);
            assertThat(tokenRequests.getFirst())
                    .containsEntry("service", "small, one")
                    .containsEntry("scope", "repository:tests/tiny:pull")
                    .containsEntry("account", "robot");
            assertThat(server.asked("GET", "/token").getFirst().authorization()).contains("Basic " + base64());
            repository.manifests().put(repository.manifests().find("x").orElseThrow());
            assertThat(tokenRequests.getLast()).containsEntry("scope", "repository:tests/tiny:pull,push");
            tokens.incrementAndGet(); // all that were given are worth nothing now
            repository.manifests().put(repository.manifests().find("x").orElseThrow());
            assertThat(tokenRequests).hasSize(4);
            repository.blobs().mount(new Descriptor("a/b", Digest.of("x"), 1), "tests/other");
            assertThat(tokenRequests)
                    .anySatisfy(request -> assertThat(request)
                            .containsEntry("scope", "repository:tests/tiny:pull,push repository:tests/other:pull"));
        }
    }

    @Test
    void tokensAreGivenToNobodyToo() throws Exception {
        server.before(tokenService(ownRealm()));
        try (Registry registry = registry(new CredentialFiles(Map.of()))) {
            assertThat(registry.repository("a").manifests().find("x")).isPresent();
        }
        assertThat(server.asked("GET", "/token").getFirst().authorization()).isEmpty();
        assertThat(tokenRequests.getFirst()).doesNotContainKey("account");
    }

    @Test
    void refreshTokenIsExchangedInTheBody() throws Exception {
        server.before(tokenService(ownRealm()));
        try (Registry registry = registry(configured("""
                {"auths": {"https://%s/v1/": {"auth": "%s", "identitytoken": "refresh&me"}}}
                """.formatted(server.name(), base64())))) {
            assertThat(registry.repository("a").manifests().find("x")).isPresent();
        }
        assertThat(tokenRequests.getFirst().get("form"))
                .isEqualTo("grant_type=refresh_token&client_id=metal-images&service=small%2C+one"
                        + "&scope=repository%3Aa%3Apull&refresh_token=refresh%26me");
        assertThat(server.asked("POST", "/token").getFirst().authorization()).isEmpty();
    }

    @Test
    void busyTokenServiceIsAskedAgain() throws Exception {
        SmallRegistry.Fault service = tokenService(ownRealm());
        SmallRegistry.Fault busy = first(2, "GET", "/token", status(503, "Retry-After", "0"));
        server.before(exchange -> busy.answers(exchange) || service.answers(exchange));
        try (Registry registry = registry(login())) {
            assertThat(registry.repository("a").manifests().find("x")).isPresent();
        }
        assertThat(server.asked("GET", "/token")).hasSize(3);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "nonsense",
                "http://tokens.example.com/token",
                "ftp://127.0.0.1/token",
                "http://user:secret@127.0.0.1/token",
                "file:///etc/passwd",
                "http://[broken"
            })
    void tokenServicesThatWouldHearPasswordsInTheOpenGetNone(String realm) throws Exception {
        server.before(tokenService(realm));
        try (Registry registry = registry(login())) {
            FaultException fault = catchThrowableOfType(
                    FaultException.class,
                    () -> registry.repository("a").manifests().find("x"));
            assertThat(fault.category()).isEqualTo(Category.REMOTE_FAULT);
        }
        assertThat(server.asked()).hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "{\"token\": \"\"}",
                "{\"token\": 7}",
                "{\"token\": \"a\\r\\nX: y\"}",
                "[]",
                "secret-token",
                "{\"token\": \"secret-token\", \"expires_in\": \"soon\"}"
            })
    void tokensThatAreNoneAreRefusedAndNotShown(String answer) throws Exception {
        SmallRegistry.Fault service = tokenService(ownRealm());
        server.before(exchange -> {
            if (exchange.getRequestURI().getPath().equals("/token")) {
                send(exchange, 200, "application/json", answer);
                return true;
            }
            return service.answers(exchange);
        });
        try (Registry registry = registry(login())) {
            FaultException fault = catchThrowableOfType(
                    FaultException.class,
                    () -> registry.repository("a").manifests().find("x"));
            assertThat(fault.category()).isEqualTo(Category.REMOTE_FAULT);
            assertThat(fault).hasMessageContaining("oken").hasMessageNotContaining("secret-token");
        }
    }

    @Test
    void refusalsEndAtOnceAndShowNoSecret() throws Exception {
        AtomicInteger refused = new AtomicInteger();
        SmallRegistry.Fault service = tokenService(ownRealm());
        server.before(exchange -> {
            if (exchange.getRequestURI().getPath().equals("/token")) {
                return service.answers(exchange);
            }
            refused.incrementAndGet();
            exchange.getResponseHeaders()
                    .add("WWW-Authenticate", "Bearer realm=\"" + ownRealm() + "\",error=\"insufficient_scope\"");
            send(exchange, 401, "application/json", SmallRegistry.error("DENIED"));
            return true;
        });
        try (Registry registry = registry(login())) {
            FaultException fault = catchThrowableOfType(
                    FaultException.class,
                    () -> registry.repository("a").manifests().find("x"));
            assertThat(fault.category()).isEqualTo(Category.WRONG_INPUT);
            assertThat(fault).hasMessageContaining("401: DENIED").hasMessageNotContaining("token-");
            assertThat(fault.remedy().orElse("")).contains("docker login 127.0.0.1");
        }
        assertThat(refused).hasValue(2);

        server.before(exchange -> {
            boolean isToken = exchange.getRequestURI().getPath().equals("/token");
            if (isToken) {
                send(exchange, 401, "application/json", "{\"details\": \"incorrect username or password\"}");
            }
            return isToken || service.answers(exchange);
        });
        try (Registry registry = registry(login())) {
            FaultException fault = catchThrowableOfType(
                    FaultException.class,
                    () -> registry.repository("a").manifests().find("x"));
            assertThat(fault.category()).isEqualTo(Category.WRONG_INPUT);
            assertThat(fault)
                    .hasMessageContaining("Fetching a token")
                    .hasMessageNotContaining(PASSWORD)
                    .hasMessageNotContaining(base64());
        }
    }

    /** The other server has another port, which makes it another server. */
    @Test
    void credentialsStayWithTheRegistryWhereverItLeads() throws Exception {
        try (SmallRegistry other = new SmallRegistry()) {
            byte[] content = "content".getBytes(StandardCharsets.UTF_8);
            other.putBlob(content);
            Descriptor blob = new Descriptor(MediaTypes.ANY_BYTES, Digest.of(content), content.length);
            SmallRegistry.Fault service = tokenService(ownRealm());
            server.before(exchange -> {
                if (service.answers(exchange)) {
                    return true;
                }
                String path = exchange.getRequestURI().getPath();
                String method = exchange.getRequestMethod();
                if (path.contains("/blobs/sha256:") && method.equals("GET")) {
                    return redirect(exchange, 307, "http://" + other.name() + path);
                }
                if (path.contains("/uploads/") && method.equals("POST")) {
                    return redirect(exchange, 202, "http://" + other.name() + "/v2/elsewhere/blobs/uploads/s?secret=1");
                }
                if (path.contains("/blobs/sha256:")
                        && method.equals("HEAD")
                        && other.blob(Digest.of("new")).isPresent()) {
                    server.putBlob("new".getBytes(StandardCharsets.UTF_8));
                }
                return false;
            });
            try (Registry registry = registry(login())) {
                Repository repository = registry.repository("tests/tiny");
                Path copy = directory.resolve("copy");
                repository.blobs().download(blob, copy, TransferProgress.SILENT);
                assertThat(copy).hasBinaryContent(content);
                Path file = Files.writeString(directory.resolve("new"), "new");
                repository
                        .blobs()
                        .upload(
                                new Descriptor(MediaTypes.ANY_BYTES, Digest.of("new"), 3),
                                file,
                                TransferProgress.SILENT);
            }
            assertThat(other.asked())
                    .hasSize(2)
                    .allSatisfy(request -> assertThat(request.authorization()).isEmpty());
            assertThat(other.asked().getLast().address().getQuery()).startsWith("secret=1&digest=sha256:");
        }
    }

    private static boolean redirect(HttpExchange exchange, int status, String location) throws IOException {
        exchange.getResponseHeaders().set("Location", location);
        send(exchange, status, "text/plain", "");
        return true;
    }

    /** A server that others lead to asks for a password: it gets none. */
    @Test
    void whoeverElseAsksForCredentialsGetsNone() throws Exception {
        try (SmallRegistry other = new SmallRegistry()) {
            other.before(status(401, "WWW-Authenticate", "Basic realm=\"give it to me\""));
            server.before(exchange -> redirect(exchange, 307, "http://" + other.name() + "/x"));
            try (Registry registry = registry(login())) {
                FaultException fault = catchThrowableOfType(
                        FaultException.class,
                        () -> registry.repository("a").manifests().find("x"));
                assertThat(fault).hasMessageContaining("401");
            }
            assertThat(other.asked()).hasSize(1);
            assertThat(other.asked().getFirst().authorization()).isEmpty();
        }
    }

    // --- Files and helpers ---

    private static Optional<Credentials> password(String user, String password) {
        return Optional.of(new Credentials.Password(user, password));
    }

    private static String auth(String userAndPassword) {
        return "{\"auth\": \"" + Base64.getEncoder().encodeToString(userAndPassword.getBytes(StandardCharsets.UTF_8))
                + "\"}";
    }

    @Test
    void entryThatSaysMostCounts() throws Exception {
        CredentialFiles files =
                configured("""
                {"auths": {
                  "quay.io": %s, "quay.io/team": %s, "quay.io/team/debian": %s, "https://index.docker.io/v1/": %s,
                  "https://old.example.com/v2/": %s, "empty.example.com": {}
                }}""".formatted(auth("a:1"), auth("b:2"), auth("c:3:4"), auth("d:5\0\0"), auth("e:6")));
        assertThat(files.find("quay.io", "other/debian")).isEqualTo(password("a", "1"));
        assertThat(files.find("quay.io", "teamwork/debian")).isEqualTo(password("a", "1"));
        assertThat(files.find("quay.io", "team/ubuntu")).isEqualTo(password("b", "2"));
        assertThat(files.find("quay.io", "team/debian")).isEqualTo(password("c", "3:4"));
        assertThat(files.find("docker.io", "library/debian")).isEqualTo(password("d", "5"));
        assertThat(files.find("old.example.com", "x")).isEqualTo(password("e", "6"));
        assertThat(files.find("empty.example.com", "x")).isEmpty();
        assertThat(files.find("uay.io", "x")).isEmpty();
        assertThat(files.find("quay.io", "team/debian").map(Object::toString)).contains("a password");
    }

    @Test
    void filesAreLookedAtInTheirOrder() throws Exception {
        Path home = directory.resolve("home");
        Files.createDirectories(home.resolve(".docker"));
        Files.writeString(home.resolve(".docker/config.json"), "{\"auths\": {\"h\": " + auth("home:1") + "}}");
        Path docker = Files.createDirectories(directory.resolve("docker"));
        Files.writeString(docker.resolve("config.json"), "{\"auths\": {\"h\": " + auth("docker:1") + "}}");
        Path file = Files.writeString(directory.resolve("auth.json"), "{\"auths\": {\"h\": " + auth("file:1") + "}}");
        assertThat(new CredentialFiles(Map.of("HOME", home.toString())).find("h", "x"))
                .isEqualTo(password("home", "1"));
        assertThat(new CredentialFiles(Map.of("HOME", home.toString(), "DOCKER_CONFIG", docker.toString()))
                        .find("h", "x"))
                .isEqualTo(password("docker", "1"));
        Map<String, String> all = Map.of(
                "HOME", home.toString(), "DOCKER_CONFIG", docker.toString(), "REGISTRY_AUTH_FILE", file.toString());
        assertThat(new CredentialFiles(all).find("h", "x")).isEqualTo(password("file", "1"));
        assertThat(new CredentialFiles(
                                Map.of("HOME", directory.resolve("nobody").toString()))
                        .find("h", "x"))
                .isEmpty();
        assertThat(new CredentialFiles(Map.of()).find("h", "x")).isEmpty();
    }

    private void helper(String name, String script) throws IOException {
        Path program = Files.writeString(directory.resolve("docker-credential-" + name), "#!/bin/sh\n" + script);
        Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    @Test
    void helpersAreAskedByTheirInputAndLeaveNoTraceInArguments() throws Exception {
        helper("store", """
                echo "$@" >>"$DOCKER_CONFIG/arguments"
                read -r server
                printf '{"ServerURL": "%s", "Username": "robot", "Secret": "of %s"}' "$server" "$server"
                """);
        helper("tokens", "echo '{\"ServerURL\": \"x\", \"Username\": \"<token>\", \"Secret\": \"refresh\"}'\n");
        helper("nothing", "echo 'credentials not found in native keychain'; exit 1\n");
        CredentialFiles files = configured("""
                {"credsStore": "store", "credHelpers": {"t.example.com": "tokens", "n.example.com": "nothing"},
                 "auths": {"n.example.com": %s}}""".formatted(auth("from:file")));
        assertThat(files.find("quay.io", "x")).isEqualTo(password("robot", "of quay.io"));
        assertThat(files.find("docker.io", "x")).isEqualTo(password("robot", "of https://index.docker.io/v1/"));
        assertThat(files.find("t.example.com", "x")).contains(new Credentials.RefreshToken("refresh"));
        assertThat(files.find("n.example.com", "x")).isEqualTo(password("from", "file"));
        assertThat(directory.resolve("arguments")).hasContent("get\nget\n");
    }

    @Test
    void brokenFilesAreNamedAndNotQuoted() throws Exception {
        for (String json : List.of(
                "my-secret",
                "{\"auths\": \"my-secret\"}",
                "{\"auths\": {\"quay.io\": {\"auth\": \"my-secret\"}}}",
                "{\"auths\": {\"quay.io\": {\"auth\": \"bXktc2VjcmV0\"}}}",
                "{\"auths\": {\"quay.io\": {\"auth\": my-secret}}}")) {
            FaultException fault = catchThrowableOfType(
                    FaultException.class, () -> configured(json).find("quay.io", "x"));
            assertThat(fault).as(json).isNotNull();
            assertThat(fault.getMessage()).as(json).doesNotContain("my-secret", "bXktc2VjcmV0");
            assertThat(fault.category())
                    .as(json)
                    .isIn(Category.WRONG_INPUT, Category.MISSING_ON_MACHINE, Category.REMOTE_FAULT);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "broken, ended with status 3: the keychain is locked",
        "mute, ended with status 4.",
        "babble, gave no credentials",
        "../../bin/sh, is no name of a program",
        "not-installed-anywhere, is not installed"
    })
    void aHelperThatFailsIsPassedOverAndItsReasonKept(String name, String reason) throws Exception {
        helper("broken", "echo 'the keychain is locked'; exit 3\n");
        helper("mute", "exit 4\n");
        helper("babble", "echo my-secret\n");
        CredentialFiles files = configured("""
                {"credsStore": "%s", "auths": {"quay.io": %s}}""".formatted(name, auth("from:file")));
        CredentialFiles.Search search = files.search("quay.io", "x");
        assertThat(search.credentials()).isEqualTo(password("from", "file"));
        assertThat(search.faults()).singleElement().asString().contains(reason).doesNotContain("my-secret");
    }

    @Test
    void whyThereAreNoCredentialsIsToldWhenTheRegistryWantsSome() throws Exception {
        helper("broken", "echo 'the keychain is locked' >&2; exit 3\n");
        server.before(exchange -> {
            exchange.getResponseHeaders().set("WWW-Authenticate", "Basic realm=\"x\"");
            send(exchange, 401, "text/plain", "");
            return true;
        });
        try (Registry registry = registry(configured("{\"credsStore\": \"broken\"}"))) {
            FaultException fault = catchThrowableOfType(
                    FaultException.class,
                    () -> registry.repository("a").manifests().find("x"));
            assertThat(fault)
                    .hasMessageContaining("answered 401 without credentials")
                    .hasMessageContaining("docker-credential-broken")
                    .hasMessageContaining("the keychain is locked");
            assertThat(fault.category()).isEqualTo(Category.WRONG_INPUT);
        }
    }

    @Test
    void warningsBeforeAHelpersAnswerAreNoAnswer() throws Exception {
        helper(
                "chatty",
                "echo 'WARNING: an update {is} there'; echo; "
                        + "printf '{\"ServerURL\": \"x\", \"Username\": \"robot\", \"Secret\": \"s\"}'\n");
        assertThat(configured("{\"credsStore\": \"chatty\"}").find("quay.io", "x"))
                .isEqualTo(password("robot", "s"));
    }

    @Test
    void aNameAndAPasswordInPlainTextCount() throws Exception {
        assertThat(configured("{\"auths\": {\"quay.io\": {\"username\": \"robot\", \"password\": \"a:b\"}}}")
                        .find("quay.io", "x"))
                .isEqualTo(password("robot", "a:b"));
        assertThat(configured("{\"auths\": {\"quay.io\": {\"username\": \"robot\"}}}")
                        .find("quay.io", "x"))
                .isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", ",,,", "=", "\"", "Bearer realm=\"unfinished", "Bearer realm=\\\"", "a=b=c", "Basic   ", "\0"
            })
    void headersWithoutSenseAreNoTrouble(String header) {
        assertThat(Challenge.parse(header)).hasSizeLessThan(3);
    }

    @Test
    void headersWithSeveralChallengesAreTakenApart() {
        assertThat(Challenge.parse(
                        "Newauth realm=\"apps\", type=1, title=\"Login to \\\"apps\\\"\", BASIC realm=simple,"
                                + " Negotiate"))
                .containsExactly(
                        new Challenge("newauth", Map.of("realm", "apps", "type", "1", "title", "Login to \"apps\"")),
                        new Challenge("basic", Map.of("realm", "simple")),
                        new Challenge("negotiate", Map.of()));
    }
}
