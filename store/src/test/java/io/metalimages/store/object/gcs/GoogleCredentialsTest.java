package io.metalimages.store.object.gcs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.metalimages.common.FaultException;
import io.metalimages.store.object.FaultyNetwork;
import io.metalimages.store.object.ObjectKey;
import io.metalimages.store.object.ObjectStoreTest;
import io.metalimages.store.object.ObjectSummary;
import io.metalimages.store.object.ObjectVersion;
import io.metalimages.store.object.StoreException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.json.JsonMapper;

/** Where Google's credentials are found, what they are exchanged for, and that nobody is shown them. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class GoogleCredentialsTest {

    private static final ObjectKey KEY = new ObjectKey("key");
    private static final int PART_BYTES = 1 << 20;

    private final AtomicInteger stores = new AtomicInteger();
    private final Path directory;
    private final GoogleServer server;

    GoogleCredentialsTest(@TempDir Path directory) throws Exception {
        this.directory = directory;
        server = GoogleServer.start(directory);
    }

    @AfterAll
    void stop() {
        server.close();
    }

    private GoogleStore open(Map<String, String> environment) {
        return open("images", environment);
    }

    private GoogleStore open(String bucket, Map<String, String> environment) {
        URI url = GoogleServer.store(bucket, "credentials/" + stores.incrementAndGet(), server.port());
        return GoogleLocation.open(url, environment, PART_BYTES);
    }

    private Path user(Path file, String refreshToken) throws Exception {
        return Files.writeString(
                file,
                JsonMapper.shared()
                        .writeValueAsString(Map.of(
                                "type",
                                "authorized_user",
                                "client_id",
                                GoogleServerProcess.CLIENT,
                                "client_secret",
                                GoogleServerProcess.CLIENT_SECRET,
                                "refresh_token",
                                refreshToken,
                                "token_uri",
                                "http://127.0.0.1:" + server.port() + "/token")));
    }

    private void assertWorks(Map<String, String> environment) throws Exception {
        try (GoogleStore store = open(environment)) {
            store.writeIfAbsent(KEY, ObjectStoreTest.text("content"));
            assertThat(store.holds(KEY, ObjectStoreTest.text("content"))).isTrue();
        }
    }

    /** All that anybody may come to see of a failure. */
    private static String all(Throwable failure) {
        StringWriter text = new StringWriter();
        failure.printStackTrace(new PrintWriter(text));
        return text.toString();
    }

    private void assertNoSecretIn(Throwable failure) {
        assertThat(all(failure).replaceAll("\\s", ""))
                .doesNotContain("wrong-secret")
                .doesNotContain(server.secrets().toArray(new String[0]));
    }

    /** The failure of a write with these credentials. */
    private StoreException.Refused refusal(Map<String, String> environment) {
        try (GoogleStore store = open(environment)) {
            StoreException.Refused refused = catchThrowableOfType(
                    StoreException.Refused.class, () -> store.writeIfAbsent(KEY, ObjectStoreTest.text("content")));
            assertThat(refused).isNotNull();
            assertThat(refused.remedy()).isPresent();
            assertNoSecretIn(refused);
            return refused;
        }
    }

    @Test
    void aServiceAccountsKeyIsExchanged() throws Exception {
        assertWorks(server.environment());
    }

    @Test
    void aLoginIsFoundInTheDirectoryOfGcloud() throws Exception {
        Path home = Files.createTempDirectory(directory, "home");
        Path gcloud = Files.createDirectories(home.resolve(".config/gcloud"));
        user(gcloud.resolve("application_default_credentials.json"), GoogleServerProcess.REFRESH_TOKEN);
        assertWorks(Map.of("HOME", home.toString()));
        assertWorks(Map.of("HOME", "/nonexistent", "CLOUDSDK_CONFIG", gcloud.toString()));
    }

    @Test
    void theMachineHasAnAccount() throws Exception {
        assertWorks(Map.of("HOME", "/nonexistent", "GCE_METADATA_HOST", "127.0.0.1:" + server.port()));
    }

    @Test
    void aTokenThatIsNotTakenAnyMoreIsReplaced() throws Exception {
        try (GoogleStore store = open(server.environment())) {
            ObjectVersion version = store.writeIfAbsent(KEY, ObjectStoreTest.text("content"));
            server.revokeTokens();
            version = store.replace(KEY, version, ObjectStoreTest.text("other"));
            server.revokeTokens();
            assertThat(store.find(KEY)).get().extracting(ObjectSummary::version).isEqualTo(version);
        }
    }

    @Test
    void noCredentialsAtAllAreNamed() {
        assertThat(refusal(Map.of("HOME", "/nonexistent", "GCE_METADATA_HOST", "metadata.invalid")))
                .hasMessageContaining("no credentials")
                .hasMessageContaining("gs://images");
    }

    /** It may be about to: on a machine that has just started, its server does not listen yet, or knows no account. */
    @Test
    void aMachineThatGivesNoneYetIsAskedAgain() throws Exception {
        try (GoogleStore store = open(Map.of("HOME", "/nonexistent", "GCE_METADATA_HOST", "127.0.0.1:1"))) {
            assertThatThrownBy(() -> store.find(KEY))
                    .isInstanceOfSatisfying(StoreException.Unavailable.class, unavailable -> {
                        assertThat(unavailable).hasMessageContaining("no credentials");
                        assertThat(unavailable.remedy()).get().asString().contains("GOOGLE_APPLICATION_CREDENTIALS");
                    });
        }
    }

    @Test
    void anotherKeyThanTheAccountsIsRefused() throws Exception {
        Path other = Files.createTempDirectory(directory, "other");
        try (GoogleServer stranger = GoogleServer.start(other)) {
            Path file = stranger.serviceAccount("http://127.0.0.1:" + server.port() + "/token", stranger.privateKey());
            assertThat(refusal(Map.of("GOOGLE_APPLICATION_CREDENTIALS", file.toString())))
                    .hasMessageContaining("400, invalid_grant")
                    .hasMessageContaining(file.toString());
        }
    }

    @Test
    void aLoginThatEndedIsRefused() throws Exception {
        Path file = user(directory.resolve("user.json"), "wrong-secret");
        assertThat(refusal(Map.of("GOOGLE_APPLICATION_CREDENTIALS", file.toString())))
                .hasMessageContaining("invalid_grant");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "wrong-secret",
                "{\"private_key\": \"wrong-secret\", \"type\": \"service_account\", }",
                "[\"wrong-secret\"]",
                "{\"type\": \"service_account\", \"client_email\": \"a\"}",
                "{\"type\": \"service_account\", \"client_email\": \"a\", \"private_key\": \"wrong-secret\"}",
                "{\"type\": \"service_account\", \"client_email\": \"a\", \"private_key\":"
                        + " \"-----BEGIN PRIVATE KEY-----\\nwrong-secret\\n-----END PRIVATE KEY-----\"}",
                "{\"type\": \"authorized_user\", \"client_id\": \"a\", \"client_secret\": \"wrong-secret\"}",
                "{\"type\": \"authorized_user\", \"client_id\": \"a\", \"client_secret\": \"b\", \"refresh_token\":"
                        + " \"wrong-secret\", \"token_uri\": \"http://example.com/wrong-secret\"}",
                "{\"type\": \"external_account\", \"client_secret\": \"wrong-secret\"}"
            })
    void filesThatCannotBeUsedAreNamed(String content) throws Exception {
        Path file = Files.writeString(directory.resolve("wrong.json"), content);
        assertThat(refusal(Map.of("GOOGLE_APPLICATION_CREDENTIALS", file.toString())))
                .hasMessageContaining(file.toString());
    }

    @Test
    void aFileThatIsMissingIsNamed() {
        assertThat(refusal(Map.of("GOOGLE_APPLICATION_CREDENTIALS", "/nonexistent/file.json")))
                .hasMessageContaining("/nonexistent/file.json does not exist");
    }

    @ParameterizedTest
    @CsvSource({"forbidden, 403, role", "nothing, 404, name"})
    void whatAnAccountMayNotDoIsNamed(String bucket, String status, String remedy) throws Exception {
        try (GoogleStore store = open(bucket, server.environment())) {
            assertThatThrownBy(() -> store.writeIfAbsent(KEY, ObjectStoreTest.text("content")))
                    .isInstanceOfSatisfying(StoreException.Refused.class, refused -> {
                        assertThat(refused).hasMessageContaining(status).hasMessageContaining("gs://" + bucket);
                        assertThat(refused.remedy()).get().asString().contains(remedy);
                        assertNoSecretIn(refused);
                    });
        }
    }

    @Test
    void whoSaysNothingIsRefusedWhereATokenIsNeeded() throws Exception {
        URI url = URI.create(GoogleServer.store("images", "anonymous", server.port()) + "&credentials=none");
        try (GoogleStore store = GoogleLocation.open(url, server.environment(), PART_BYTES)) {
            assertThatThrownBy(() -> store.find(KEY))
                    .isInstanceOf(StoreException.Refused.class)
                    .hasMessageContaining("401");
        }
    }

    @Test
    void aNetworkThatFailsShowsNoSecret() throws Exception {
        for (FaultyNetwork.Fault fault : List.of(
                FaultyNetwork.Fault.REFUSED, FaultyNetwork.Fault.TRUNCATED_ANSWER, FaultyNetwork.Fault.SLOW_DOWN)) {
            try (FaultyNetwork network = new FaultyNetwork(server.port(), request -> fault);
                    GoogleStore store = GoogleLocation.open(
                            GoogleServer.store("images", "network", network.port()),
                            server.environment(),
                            PART_BYTES)) {
                assertThatThrownBy(() -> store.writeIfAbsent(KEY, ObjectStoreTest.text("content")))
                        .isInstanceOfSatisfying(StoreException.Unavailable.class, this::assertNoSecretIn);
            }
            try (FaultyNetwork network = new FaultyNetwork(server.port(), request -> fault);
                    GoogleStore store = open(Map.of(
                            "GOOGLE_APPLICATION_CREDENTIALS",
                            server.serviceAccount("http://127.0.0.1:" + network.port() + "/token", server.privateKey())
                                    .toString()))) {
                assertThatThrownBy(() -> store.writeIfAbsent(KEY, ObjectStoreTest.text("content")))
                        .isInstanceOfSatisfying(StoreException.Unavailable.class, this::assertNoSecretIn);
            }
        }
    }

    @Test
    void noTokenGoesThroughTheOpenNetwork() {
        assertThatThrownBy(() -> GoogleLocation.open(
                        URI.create("gs://images?endpoint=http://storage.example.com"), Map.of(), PART_BYTES))
                .isInstanceOfSatisfying(FaultException.class, fault -> {
                    assertThat(fault.category()).isEqualTo(FaultException.Category.WRONG_INPUT);
                    assertThat(fault.remedy()).isPresent();
                });
    }

    @Test
    void credentialsDescribeThemselvesWithoutWhatIsSecret() throws Exception {
        GoogleCredentials account = GoogleCredentials.find(server.environment());
        assertThat(account.toString()).isEqualTo(account.name()).contains("service-account.json");
        GoogleCredentials user = GoogleCredentials.find(Map.of(
                "GOOGLE_APPLICATION_CREDENTIALS",
                user(directory.resolve("user.json"), GoogleServerProcess.REFRESH_TOKEN)
                        .toString()));
        assertThat(user.toString()).isEqualTo(user.name()).contains("user.json");
        assertThat(new GoogleTokens.Token("wrong-secret", Instant.EPOCH).toString())
                .doesNotContain("wrong-secret");
    }
}
