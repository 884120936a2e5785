package io.metalimages.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.metalimages.common.FaultException;
import io.metalimages.testing.ScriptedWebServer;
import java.net.URI;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class ProxiesTest {

    private static final URI PROXY = URI.create("http://proxy.example:3128");

    @ParameterizedTest
    @CsvSource({
        "HTTPS_PROXY, https://a.example/, true",
        "https_proxy, https://a.example/, true",
        "HTTP_PROXY, http://a.example/, true",
        "http_proxy, http://a.example/, true",
        "HTTPS_PROXY, http://a.example/, false",
        "HTTP_PROXY, https://a.example/, false",
        "HTTPS_PROXY, https://localhost/, false",
        "HTTPS_PROXY, https://127.1.2.3:5000/, false",
        "HTTPS_PROXY, https://[::1]/, false"
    })
    void aSchemeHasItsVariable(String variable, URI address, boolean used) {
        assertThat(Proxies.of(Map.of(variable, PROXY.toString())).find(address).isPresent())
                .isEqualTo(used);
    }

    @Test
    void lowerCaseCountsFirst() {
        assertThat(Proxies.of(Map.of("HTTPS_PROXY", "http://other.example", "https_proxy", PROXY.toString()))
                        .find(URI.create("https://a.example/")))
                .contains(PROXY);
    }

    @ParameterizedTest
    @CsvSource({
        "a.example, true",
        ".example, true",
        "*.example, true",
        "example, true",
        "EXAMPLE, true",
        "'b.example, a.example', true",
        "'b.example a.example', true",
        "*, true",
        "a.example:443, true",
        "a.example:8443, false",
        "xample, false",
        "b.a.example, false",
        "10.0.0.0/8, false"
    })
    void namesAreExcepted(String exceptions, boolean excepted) {
        assertThat(find(exceptions, "https://a.example/").isEmpty()).isEqualTo(excepted);
    }

    @ParameterizedTest
    @CsvSource({
        "10.1.2.3, 10.1.2.3, true",
        "10.1.2.3:443, 10.1.2.3, true",
        "10.1.0.0/16, 10.1.2.3, true",
        "10.2.0.0/16, 10.1.2.3, false",
        "10.1.2.0/99, 10.1.2.3, false",
        "fd00::/8, [fd12::1], true",
        "fd12::1, [fd12:0::1], true",
        "[fd12::1]:443, [fd12::1], true",
        "fc00::/8, [fd12::1], false"
    })
    void addressesAreExcepted(String exceptions, String host, boolean excepted) {
        assertThat(find(exceptions, "https://" + host + "/").isEmpty()).isEqualTo(excepted);
    }

    private static Optional<URI> find(String exceptions, String address) {
        return Proxies.of(Map.of("HTTPS_PROXY", PROXY.toString(), "NO_PROXY", exceptions))
                .find(URI.create(address));
    }

    @ParameterizedTest
    @ValueSource(strings = {"socks5://user:my-secret@proxy.example", "http://", "http://user:my-secret@", "http://a b"})
    void whatIsNoProxyIsRefusedAndNotQuoted(String value) {
        assertThatThrownBy(() -> Proxies.of(Map.of("HTTPS_PROXY", value)))
                .isInstanceOf(FaultException.class)
                .hasMessageContaining("HTTPS_PROXY")
                .hasMessageNotContaining("my-secret");
    }

    @Test
    void aHostAndAPortAreEnough() {
        assertThat(Proxies.of(Map.of("HTTP_PROXY", "proxy.example:3128")).find(URI.create("http://a.example/")))
                .contains(PROXY);
    }

    /** Neither name is known to any resolver: only the proxy could lead there. */
    @ParameterizedTest
    @ValueSource(strings = {"http://a.invalid/x", "https://a.invalid/x"})
    void requestsGoByTheProxyWithItsPassword(String address) throws Exception {
        try (ScriptedWebServer proxy = new ScriptedWebServer(
                        (number, head, output) -> ScriptedWebServer.writeHead(output, "HTTP/1.1 204 No Content\n"));
                WebClient client = new WebClient(
                        WebOptions.following(
                                new RetryPolicy(1, Duration.ofMillis(1), Duration.ofMillis(1), Duration.ofSeconds(5))),
                        Proxies.of(Map.of("HTTP_PROXY", withUser(proxy), "HTTPS_PROXY", withUser(proxy))))) {
            try {
                client.exchange(Request.of("GET", URI.create(address)));
            } catch (TransientException noTunnel) {
                assertThat(noTunnel).hasMessageContaining("by the proxy");
            }
            assertThat(proxy.requests()).isNotEmpty();
            assertThat(proxy.requests().getFirst())
                    .startsWith(address.startsWith("https") ? "CONNECT a.invalid:443" : "GET http://a.invalid/x")
                    .containsIgnoringCase("Proxy-Authorization: Basic dXNlcjpwIHc=");
        }
    }

    private static String withUser(ScriptedWebServer proxy) {
        return proxy.address("").toString().replace("http://", "http://user:p%20w@");
    }
}
