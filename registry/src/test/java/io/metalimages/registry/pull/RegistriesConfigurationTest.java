package io.metalimages.registry.pull;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.metalimages.common.FaultException;
import io.metalimages.registry.ImageReference;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RegistriesConfigurationTest {

    @TempDir
    Path home;

    private RegistriesConfiguration configuration(String text) throws IOException {
        Files.writeString(home.resolve("registries.conf"), text);
        return RegistriesConfiguration.of(Map.of(
                "HOME",
                home.toString(),
                "CONTAINERS_REGISTRIES_CONF",
                home.resolve("registries.conf").toString()));
    }

    private static List<String> places(RegistriesConfiguration configuration, String image) {
        return configuration.endpoints(ImageReference.parseFamiliar(image)).stream()
                .map(endpoint -> endpoint.image()
                        + (endpoint.insecure() ? " insecure" : "")
                        + (endpoint.forTags() ? "" : " digests")
                        + (endpoint.forDigests() ? "" : " tags"))
                .toList();
    }

    @Test
    void whatIsNotConfiguredIsWhereItsNameSays() throws Exception {
        assertThat(places(configuration("unqualified-search-registries = ['docker.io']\n"), "debian:12"))
                .containsExactly("docker.io/library/debian:12");
        assertThat(places(RegistriesConfiguration.of(Map.of("HOME", home.toString())), "example.com/a:1"))
                .containsExactly("example.com/a:1");
    }

    @Test
    void mirrorsComeFirstAndTheLongestPrefixCounts() throws Exception {
        RegistriesConfiguration configuration = configuration("""
                [[registry]]
                location = "docker.io"
                insecure = false

                [[registry.mirror]]
                location = "mirror.example.com:5000/hub"
                insecure = true

                [[registry.mirror]]
                location = "digests.example.com"
                pull-from-mirror = "digest-only"

                [[registry.mirror]]
                location = "tags.example.com"
                pull-from-mirror = "tag-only"

                [[registry]]
                prefix = "docker.io/library/debian"
                location = "inside.example.com/os/debian"

                [[registry]]
                prefix = "*.wild.example.com"
                location = "tame.example.com"

                [[registry]]
                prefix = "example.com/secret"
                blocked = true
                """);
        assertThat(places(configuration, "alpine:3"))
                .containsExactly(
                        "mirror.example.com:5000/hub/library/alpine:3 insecure",
                        "digests.example.com/library/alpine:3 digests",
                        "tags.example.com/library/alpine:3 tags",
                        "docker.io/library/alpine:3");
        assertThat(places(configuration, "debian:12")).containsExactly("inside.example.com/os/debian:12");
        assertThat(places(configuration, "debianish:12")).hasSize(4);
        assertThat(places(configuration, "a.wild.example.com/b/c:1")).containsExactly("tame.example.com/b/c:1");
        assertThat(places(configuration, "wild.example.com/b/c:1")).containsExactly("wild.example.com/b/c:1");
        assertThatThrownBy(() -> places(configuration, "example.com/secret/image:1"))
                .isInstanceOf(FaultException.class)
                .hasMessageStartingWith("example.com/secret/image:1 may not be taken: ")
                .hasMessageEndingWith("blocks example.com/secret.");
    }

    @Test
    void laterFilesReplaceWhatEarlierOnesSayOfAPrefix() throws Exception {
        Path dropIns = Files.createDirectories(home.resolve(".config/containers/registries.conf.d"));
        Files.writeString(dropIns.resolve("1.conf"), "[[registry]]\nlocation = 'a.example.com'\nblocked = true\n");
        Files.writeString(
                dropIns.resolve("2.conf"), "[[registry]]\nprefix = 'a.example.com'\nlocation = 'b.example.com'\n");
        Files.writeString(dropIns.resolve("3.txt"), "is not read");
        assertThat(places(configuration(""), "a.example.com/x:1")).containsExactly("b.example.com/x:1");
    }

    @Test
    void mistakesAreToldWithTheirFile() {
        assertThatThrownBy(() -> configuration("\n[[registry\n")).hasMessageContaining("registries.conf: line ");
        assertThatThrownBy(() -> configuration("[[registry]]\nblocked = 'yes'\nlocation = 'a.b'\n"))
                .hasMessageContaining("blocked is neither true nor false");
        assertThatThrownBy(() -> configuration("[[registry]]\nblocked = true\n"))
                .hasMessageContaining("neither a prefix nor a location");
        assertThatThrownBy(() -> configuration("[registries.search]\nregistries = ['docker.io']\n"))
                .hasMessageContaining("version 1");
    }
}
