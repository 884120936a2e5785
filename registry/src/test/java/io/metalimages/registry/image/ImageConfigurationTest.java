package io.metalimages.registry.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.metalimages.common.Digest;
import io.metalimages.common.FaultException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ImageConfigurationTest {

    private static final String WRITTEN_BY_DOCKER = """
            {"architecture":"amd64","author":"me \\u003cme@x\\u003e","config":{"User":"5:6",\
            "ExposedPorts":{"80/tcp":{},"90/udp":{}},"Env":["PATH=/usr/bin:/bin","Q=a b","E="],\
            "Entrypoint":["/x","\\u003c\\u0026\\u003e"],"Cmd":["/bin/sh","-c","echo $P"],\
            "Volumes":{"/a":{},"[x]":{}},"WorkingDir":"/w","Labels":{"a":"x y","b c":"/p"},"StopSignal":"SIGINT",\
            "ArgsEscaped":true,"Healthcheck":{"Test":["CMD-SHELL","echo $P"],"Interval":90000000000,"Retries":3},\
            "OnBuild":["RUN   echo  x","COPY \\u003c\\u003cEOT /y\\nabc\\nEOT"],"Shell":["/bin/sh","-c"]},\
            "created":"2026-11-28T04:48:41.686190984Z","history":[\
            {"created":"2026-11-28T04:47:50.292899588Z","created_by":"ARG A","comment":"buildkit.dockerfile.v0","empty_layer":true},\
            {"created":"2026-11-28T04:47:50.292899588Z","created_by":"COPY . / # buildkit","comment":"buildkit.dockerfile.v0"}],\
            "os":"linux","rootfs":{"type":"layers","diff_ids":\
            ["sha256:4856ca77341aff410282e0399131300f628a450dd2fc0a0e735bb12a43d13f63"]}}""";

    private static ImageConfiguration read(String json) {
        return ImageConfiguration.read(json.getBytes(StandardCharsets.UTF_8), "The image");
    }

    @Test
    void readsWhatDockerWrites() {
        ImageConfiguration read = read(WRITTEN_BY_DOCKER);
        assertThat(read.author()).isEqualTo("me <me@x>");
        assertThat(read.architecture()).isEqualTo("amd64");
        assertThat(read.operatingSystem()).isEqualTo("linux");
        assertThat(read.created()).contains(Instant.parse("2026-11-28T04:48:41.686190984Z"));
        assertThat(read.layers())
                .containsExactly(new Digest("4856ca77341aff410282e0399131300f628a450dd2fc0a0e735bb12a43d13f63"));
        Instant time = Instant.parse("2026-11-28T04:47:50.292899588Z");
        assertThat(read.history())
                .containsExactly(
                        new HistoryEntry(Optional.of(time), "ARG A", "buildkit.dockerfile.v0", true),
                        new HistoryEntry(Optional.of(time), "COPY . / # buildkit", "buildkit.dockerfile.v0", false));
        ContainerConfiguration container = read.container();
        assertThat(container.user()).isEqualTo("5:6");
        assertThat(container.exposedPorts()).containsExactly("80/tcp", "90/udp");
        assertThat(container.environment())
                .containsExactly(Map.entry("PATH", "/usr/bin:/bin"), Map.entry("Q", "a b"), Map.entry("E", ""));
        assertThat(container.entrypoint()).containsExactly("/x", "<&>");
        assertThat(container.command()).containsExactly("/bin/sh", "-c", "echo $P");
        assertThat(container.volumes()).containsExactly("/a", "[x]");
        assertThat(container.workingDirectory()).isEqualTo("/w");
        assertThat(container.labels()).containsExactly(Map.entry("a", "x y"), Map.entry("b c", "/p"));
        assertThat(container.stopSignal()).isEqualTo("SIGINT");
        assertThat(container.commandEscaped()).isTrue();
        assertThat(container.healthCheck())
                .contains(new HealthCheck(
                        List.of("CMD-SHELL", "echo $P"),
                        Duration.ofSeconds(90),
                        Duration.ZERO,
                        Duration.ZERO,
                        Duration.ZERO,
                        3));
        assertThat(container.onBuild()).containsExactly("RUN   echo  x", "COPY <<EOT /y\nabc\nEOT");
        assertThat(container.shell()).containsExactly("/bin/sh", "-c");
    }

    @Test
    void writesWhatDockerWrites() {
        String written = new String(read(WRITTEN_BY_DOCKER).bytes(), StandardCharsets.UTF_8);
        assertThat(written)
                .isEqualTo(WRITTEN_BY_DOCKER
                        .replace("\\u003c", "<")
                        .replace("\\u003e", ">")
                        .replace("\\u0026", "&"));
    }

    @Test
    void whatIsMissingIsEmpty() {
        ImageConfiguration read = read("{\"config\":{\"Env\":null,\"Volumes\":null,\"Labels\":null,\"OnBuild\":null}}");
        assertThat(read.container()).isEqualTo(ContainerConfiguration.EMPTY);
        assertThat(read.created()).isEmpty();
        assertThat(read.layers()).isEmpty();
        assertThat(read("{}").container()).isEqualTo(ContainerConfiguration.EMPTY);
    }

    @Test
    void aVariableThatIsSetAgainKeepsItsPlace() {
        ContainerConfiguration container = ContainerConfiguration.EMPTY
                .edit()
                .setEnvironment(Map.of("A", "1"))
                .setEnvironment(Map.of("B", "2"))
                .setEnvironment(Map.of("A", "3"))
                .build();
        assertThat(container.environment()).containsExactly(Map.entry("A", "3"), Map.entry("B", "2"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            []                                           | The image is no JSON object.
            {"rootfs":{"diff_ids":["sha256:1"]}}         | The image names a layer by "sha256:1", which is no SHA-256 digest.
            {"created":"yesterday"}                      | The image was created at "yesterday", which is no time.
            {"config":{"Env":"A=1"}}                     | The image, config: "Env" is not a list.
            {"config":{"ArgsEscaped":"yes"}}             | The image, config: "ArgsEscaped" is not true or false.
            {"config":{"Volumes":["/a"]}}                | The image, config: "Volumes" is not an object.
            """)
    void whatIsNoConfigurationIsRefused(String json, String message) {
        assertThatThrownBy(() -> read(json)).isInstanceOf(FaultException.class).hasMessage(message);
    }
}
