package io.metalimages.metalapi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.metalimages.common.FaultException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class AuthenticationTest {

    private static final Instant NOW = Instant.parse("2019-01-16T14:44:45.123Z");

    @TempDir
    Path directory;

    private static Authentication find(Map<String, String> environment) throws IOException {
        return Authentication.find(environment, Optional.empty(), Optional.empty());
    }

    private Path file(String content) throws IOException {
        return Files.writeString(directory.resolve("secret"), content);
    }

    /** The expected signature is the one in the tests of metal-stack's own library. */
    @Test
    void aRequestIsSignedAsMetalApiExpects() {
        var key = new Authentication.HmacKey("mytype", "\u0001\u0002\u0003");

        assertThat(key.headers("GET", NOW, "\u0001\u0002\u0003\u0004\u0005\u0006"))
                .containsEntry(
                        "Authorization", "mytype f8d293a06bdde899a5bd1dd61b13842564650c717c742db02c4e1a888fc22501")
                .containsEntry("X-Date", "2019-01-16T14:44:45Z")
                .containsEntry("X-Data-Salt", "\u0001\u0002\u0003\u0004\u0005\u0006");
    }

    @Test
    void twoSignaturesOfOneMomentDiffer() {
        var key = new Authentication.HmacKey("Metal-Admin", "key");

        assertThat(key.headers("GET", NOW)).isNotEqualTo(key.headers("GET", NOW));
        assertThat(key.headers("GET", NOW, "salt")).isNotEqualTo(key.headers("PUT", NOW, "salt"));
    }

    @Test
    void aTokenIsSentAsItIs() {
        assertThat(new Authentication.Token("abc").headers("GET", NOW))
                .isEqualTo(Map.of("Authorization", "Bearer abc"));
    }

    @Test
    void theEnvironmentHoldsAKeyOrAToken() throws IOException {
        assertThat(find(Map.of("METALCTL_HMAC", "key"))).isEqualTo(new Authentication.HmacKey("Metal-Admin", "key"));
        assertThat(find(Map.of("METALCTL_HMAC", "key", "METALCTL_HMAC_AUTH_TYPE", "Metal-View")))
                .isEqualTo(new Authentication.HmacKey("Metal-View", "key"));
        assertThat(find(Map.of("METALCTL_API_TOKEN", "token", "METALCTL_HMAC", "")))
                .isEqualTo(new Authentication.Token("token"));
        assertThat(find(Map.of("METALCTL_API_TOKEN", "token", "METALCTL_HMAC", "key")))
                .isEqualTo(new Authentication.HmacKey("Metal-Admin", "key"));
        assertThatExceptionOfType(FaultException.class)
                .isThrownBy(() -> find(Map.of()))
                .satisfies(fault ->
                        assertThat(fault.remedy().orElseThrow()).contains("METALCTL_HMAC", "METALCTL_API_TOKEN"));
    }

    @Test
    void aFileIsPreferredAndItsLineBreakDoesNotCount() throws IOException {
        Map<String, String> environment = Map.of("METALCTL_HMAC", "another", "METALCTL_API_TOKEN", "another");

        assertThat(Authentication.find(environment, Optional.of(file("key with a space \n")), Optional.empty()))
                .isEqualTo(new Authentication.HmacKey("Metal-Admin", "key with a space "));
        assertThat(Authentication.find(environment, Optional.empty(), Optional.of(file("token\r\n"))))
                .isEqualTo(new Authentication.Token("token"));
        assertThatExceptionOfType(NoSuchFileException.class)
                .isThrownBy(() ->
                        Authentication.find(environment, Optional.of(directory.resolve("nowhere")), Optional.empty()));
        assertThatExceptionOfType(FaultException.class)
                .isThrownBy(() -> Authentication.find(environment, Optional.of(file("\n")), Optional.empty()))
                .withMessageEndingWith("is empty: it should hold a secret.");
        assertThatExceptionOfType(FaultException.class)
                .isThrownBy(
                        () -> Authentication.find(environment, Optional.of(file("x".repeat(70_000))), Optional.empty()))
                .withMessageEndingWith("is too long: it should hold a secret.");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "secret\r\nX-Evil: 1", "secret token", "secret\u00e4", "secret\u0000"})
    void aTokenThatWouldBreakARequestIsRefusedUnseen(String token) {
        assertThatExceptionOfType(FaultException.class)
                .isThrownBy(() -> new Authentication.Token(token))
                .satisfies(fault -> assertThat(fault).message().doesNotContain("secret"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "Metal Admin", "Metal-Admin\r\nX-Evil: 1"})
    void aTypeThatWouldBreakARequestIsRefused(String type) {
        assertThatExceptionOfType(FaultException.class)
                .isThrownBy(() -> new Authentication.HmacKey(type, "key"))
                .satisfies(fault -> assertThat(fault).message().doesNotContain("key\""));
    }

    @Test
    void noTextShowsTheSecret() {
        Authentication key = new Authentication.HmacKey("Metal-Admin", "sesame");
        Authentication token = new Authentication.Token("sesame");

        assertThat(key + " " + token).doesNotContain("sesame");
        assertThat(key.conceal("open sesame")).isEqualTo("open [secret]");
        assertThat(token.conceal("open sesame")).isEqualTo("open [secret]");
    }
}
