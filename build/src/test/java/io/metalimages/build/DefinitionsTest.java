package io.metalimages.build;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.metalimages.build.definition.DefinitionText;
import io.metalimages.common.FaultException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
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

    private Definitions definitions(Map<String, String> environment) throws IOException {
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
    void aValueMayBeNothingButAVariable() throws Exception {
        write("plain", """
                version: '1'
                name: ${NAME}
                builds:
                  - name: ${ONE:-one}
                    build-args:
                      - REL=9
                    tags:
                      - ${REL}
                """);
        Definitions definitions = definitions(Map.of("NAME", "plain"));
        assertThat(definitions.faults()).isEmpty();
        assertThat(definitions.find("plain/one").references()).containsExactly("plain:9");
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
            username: metal-images      | name: other             | :3: The key name stands in the file twice.
            tags: ['12${PATCH-}', '12-stable'] | name: other       | :10: The key name stands in a build twice.
            username: metal-images      | 'username: "a\\0"'      | :3: The value of username has a NUL character.
            - name: '12'                | - name: '13'            | :13: There is more than one build with the name 13.
            - name: '12'                | - name: ../12           | :9: '../12' can't be the name of an image.
            name: debian                | name: /etc              | :2: '/etc' can't be the name of an image.
            name: debian                | name: deb\u0007ian    | This is not YAML
            username: metal-images      | 'a: &a [*a, *a]'        | :3: The key a is not known in the file.
            builds:                     | 'default-labels: &b [*b]\\nbuilds:' | :8: The value of an entry of default-labels is a list
            """)
    void saysWhatIsWrongAndWhere(String right, String wrong, String message) throws Exception {
        String text = DEBIAN.replace(right, wrong.replace("\\n", "\n"));
        assertThat(text).isNotEqualTo(DEBIAN);
        write("debian", text);

        assertThatThrownBy(() -> definitions(Map.of()).find("debian/12"))
                .isInstanceOfSatisfying(FaultException.class, fault -> {
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
        assertWrong("The file is empty.");
    }

    private void assertWrong(String message) {
        assertThatThrownBy(() -> definitions(Map.of()).find("debian/12"))
                .isInstanceOfSatisfying(FaultException.class, fault -> {
                    assertThat(fault.category()).isEqualTo(FaultException.Category.WRONG_INPUT);
                    assertThat(fault).hasMessageContaining(message);
                    assertThat(fault.remedy()).isPresent();
                });
    }

    @Test
    void whatIsNoTextIsRefused() throws Exception {
        write("debian", "");
        Path file = os.resolve("debian/docker-make.yaml");
        Files.write(file, "version: '1'\nname: M\u00fcll\n".getBytes(StandardCharsets.ISO_8859_1));
        assertWrong("docker-make.yaml:2: this is not UTF-8.");
        Files.writeString(file, "[".repeat(100_000));
        assertWrong("This is nested too deeply.");
        Files.writeString(file, "a\n".repeat(1 << 20));
        assertWrong("This is not YAML");
        Files.writeString(file, "#".repeat(DefinitionText.MOST_BYTES + 1));
        assertWrong("docker-make.yaml has more than 16 MiB");
        Files.delete(file);
        Files.createDirectory(file);
        assertWrong("docker-make.yaml is a directory");
    }

    @Test
    void aDefinitionThatIsWrongTakesNothingFromTheOthers() throws Exception {
        write("debian", DEBIAN);
        write("broken", "version: '1'\nname: broken\nregistry-host: [here]\nbuilds: []\n");
        Definitions definitions = definitions(Map.of());

        assertThat(definitions.names()).containsExactly("debian/12", "debian/13");
        assertThat(definitions.find("debian/12").contexts()).isEmpty();
        assertThat(definitions.faults())
                .singleElement()
                .satisfies(fault -> assertThat(fault).hasMessageContaining("broken/docker-make.yaml:4: "));
        for (String name : List.of("broken", "broken/1")) {
            assertThatThrownBy(() -> definitions.find(name)).hasMessageStartingWith(os.resolve("broken") + "/");
        }
        assertThatThrownBy(() -> definitions.find("other"))
                .hasMessageStartingWith("There is no image other.")
                .hasMessageContaining("broken/docker-make.yaml:4: ");
    }

    @Test
    void aDockerfileMayMakeImagesOfSeveralNames() throws Exception {
        write("debian", DEBIAN);
        Files.writeString(
                os.resolve("debian/docker-make.ubuntu.yaml"),
                "version: '1'\nname: ubuntu\nbuilds:\n  - name: '22.04'\n    tags: ['22.04']\n");
        Files.writeString(os.resolve("debian/docker-make.more.than.yaml"), "that is none\n");
        Definitions definitions = definitions(Map.of());
        assertThat(definitions.names()).containsExactly("debian/12", "debian/13", "ubuntu/22.04");
        assertThat(definitions.find("ubuntu").dockerfile()).isEqualTo(os.resolve("debian/Dockerfile"));
        assertThat(definitions.find("ubuntu").context()).isEqualTo(os.resolve("debian"));

        Files.writeString(os.resolve("debian/docker-make.ubuntu.yaml"), "version: '1'\nnmae: ubuntu\n");
        assertThat(definitions(Map.of()).find("debian/12").name()).isEqualTo("debian/12");
        assertThatThrownBy(() -> definitions(Map.of()).find("ubuntu/22.04"))
                .hasMessageContaining("docker-make.ubuntu.yaml:2: ");
    }

    @Test
    void twoDefinitionsOfOneNameAreAnError() throws Exception {
        write("debian", DEBIAN);
        write("more", DEBIAN.replace("'13'", "'14'"));
        assertThatThrownBy(() -> definitions(Map.of()).find("debian/12"))
                .hasMessageContaining("debian/12 is defined more than once")
                .hasMessageContaining("more/docker-make.yaml");
        assertThat(definitions(Map.of()).find("debian/13").name()).isEqualTo("debian/13");
    }
}
