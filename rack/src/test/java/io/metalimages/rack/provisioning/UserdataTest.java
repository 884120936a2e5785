package io.metalimages.rack.provisioning;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

final class UserdataTest {

    private static final Path FILES = Path.of("../os/tests/userdata");

    @Test
    void everyFileHasItsName() throws IOException {
        try (Stream<Path> files = Files.list(FILES)) {
            assertThat(files.map(file -> file.getFileName().toString()))
                    .containsExactlyInAnyOrderElementsOf(Stream.of(Userdata.values())
                            .flatMap(kind -> kind.file().stream())
                            .toList());
        }
    }

    @Test
    void namesLeadToTheirForms() {
        assertThat(Userdata.labels())
                .allSatisfy(label -> assertThat(Userdata.named(label))
                        .hasValueSatisfying(kind -> assertThat(kind.label()).isEqualTo(label)));
        assertThat(Userdata.named("ignition-3")).contains(Userdata.IGNITION_3);
    }

    /** It stands for a file of the user's, which may be called that. */
    @Test
    void otherIsNoName() {
        assertThat(Userdata.named("other")).isEqualTo(Optional.empty());
        assertThat(Userdata.labels()).doesNotContain("other");
    }
}
