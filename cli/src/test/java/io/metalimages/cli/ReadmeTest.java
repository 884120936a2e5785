package io.metalimages.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.metalimages.build.Definitions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** What README.md says of the images. */
final class ReadmeTest {

    private static final Pattern ROW = Pattern.compile("\\| `([a-z]+/[0-9a-z.-]+)` \\|.*");

    @Test
    void theTableHasTheImagesThatThereAre() throws IOException {
        Path checkout = Path.of("..").toAbsolutePath().normalize();
        List<String> rows = Files.readAllLines(checkout.resolve("README.md")).stream()
                .map(ROW::matcher)
                .filter(Matcher::matches)
                .map(row -> row.group(1))
                .toList();
        assertThat(rows)
                .isEqualTo(Definitions.in(checkout.resolve("os"), Map.of()).names());
    }
}
