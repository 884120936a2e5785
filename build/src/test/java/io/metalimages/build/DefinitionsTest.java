package io.metalimages.build;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.metalimages.common.FaultException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DefinitionsTest {

    private static final String DEBIAN = """
            version: '1'
            name: debian
            username: metal-images
            registry-host: localhost
            default-build-name: '13'
            default-build-args:
              - SUITE=bookworm
            builds:
              - name: '12'
                tags: ['12${PATCH-}', '12-stable']
                build-args:
                  - BASE=debian:${SUITE}
              - name: '13'
                build-args:
                  - SUITE=trixie
                  - BASE=debian:$SUITE
            """;

    @TempDir
    Path os;

    private Definitions definitions(Map<String, String> environment) {
        return Definitions.in(os, environment);
    }

    private void write(String directory, String text) throws IOException {
        Files.writeString(Files.createDirectories(os.resolve(directory)).resolve("docker-make.yaml"), text);
    }

    @Test
    void findsEachBuildByNameAndTheDefaultByTheFamilysName() throws Exception {
        write("debian", DEBIAN);
        Definitions definitions = definitions(Map.of());

        assertThat(definitions.names()).containsExactly("debian/12", "debian/13");
        Definition bookworm = definitions.find("debian/12");
        assertThat(bookworm.buildArguments()).isEqualTo(Map.of("SUITE", "bookworm", "BASE", "debian:bookworm"));
        assertThat(bookworm.context()).isEqualTo(os.resolve("debian").toAbsolutePath());
        assertThat(bookworm.dockerfile()).isEqualTo(os.resolve("debian/Dockerfile"));
        assertThat(definitions.find("debian").name()).isEqualTo("debian/13");
    }

    @Test
    void directoriesWithoutADefinitionAreContextsThatAllShare() throws Exception {
        write("debian", DEBIAN);
        Path installer = Files.createDirectory(os.resolve("installer"));
        assertThat(definitions(Map.of()).find("debian/12").contexts())
                .isEqualTo(Map.of("installer", installer.toAbsolutePath().toString()));
    }

    @Test
    void argumentsOfOneBuildDoNotReachTheNext() throws Exception {
        write("debian", DEBIAN.replace("- BASE=debian:${SUITE}", "- ONLY=here\n      - BASE=debian:${SUITE}"));
        assertThat(definitions(Map.of()).find("debian/12").buildArguments()).containsEntry("ONLY", "here");
        assertThat(definitions(Map.of()).find("debian/13").buildArguments()).doesNotContainKey("ONLY");
    }

    @Test
    void providesTheImagesThatItsTagsName() throws Exception {
        write("debian", DEBIAN);
        assertThat(definitions(Map.of("PATCH", ".20261122"))
                        .providing("localhost/metal-images/debian:12.20261122")
                        .orElseThrow()
                        .name())
                .isEqualTo("debian/12");
        assertThat(definitions(Map.of()).providing("localhost/metal-images/debian:12-stable"))
                .isPresent();
        assertThat(definitions(Map.of()).providing("debian:12")).isEmpty();
    }

    @Test
    void namesTheNearestImages() throws Exception {
        write("debian", DEBIAN);
        assertThatThrownBy(() -> definitions(Map.of()).find("debain/12"))
                .isInstanceOfSatisfying(FaultException.class, fault -> {
                    assertThat(fault.category()).isEqualTo(FaultException.Category.WRONG_INPUT);
                    assertThat(fault).hasMessage("There is no image debain/12.");
                    assertThat(fault.remedy().orElseThrow()).contains("debian/12");
                });
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            name: debian                | name: [debian]          | :2: The value of name is a list, but must be a text.
            version: '1'                | version: 1              | :1: The value of version is a number, but must be a text.
            version: '1'                | version: '2'            | :1: This is version '2' of the format, but only '1' is known.
            builds:                     | bilds:                  | :8: The key bilds is not known in the file.
            default-build-name: '13'    | default-build-name: '14' | :5: There is no build 14 to be the default.
            tags: ['12${PATCH-}', '12-stable'] | tags: 12        | :10: The value of tags is a single value, but must be a list.
            - SUITE=bookworm            | - SUITE                 | :7: 'SUITE' is not NAME=VALUE.
            - BASE=debian:$SUITE        | - BASE=debian:$SUITES   | :16: the variable SUITES is not set.
            - BASE=debian:$SUITE        | - BASE=${FIRST?name the base} | :16: name the base.
            name: debian                | name: debian\\nbefore: make | :3: The hook before runs a command on this machine
            username: metal-images      | 'username: "metal'      | This is not YAML
            """)
    void saysWhatIsWrongAndWhere(String right, String wrong, String message) throws Exception {
        String text = DEBIAN.replace(right, wrong.replace("\\n", "\n"));
        assertThat(text).isNotEqualTo(DEBIAN);
        write("debian", text);

        assertThatThrownBy(() -> definitions(Map.of()).names()).isInstanceOfSatisfying(FaultException.class, fault -> {
            assertThat(fault.category()).isEqualTo(FaultException.Category.WRONG_INPUT);
            assertThat(fault.getMessage())
                    .startsWith(os.resolve("debian/docker-make.yaml").toString());
            assertThat(fault.getMessage()).contains(message);
            assertThat(fault.remedy()).isPresent();
        });
    }

    @Test
    void anEmptyFileIsNoDefinition() throws Exception {
        write("debian", "");
        assertThatThrownBy(() -> definitions(Map.of()).names()).hasMessageContaining("The file is empty.");
    }
}
