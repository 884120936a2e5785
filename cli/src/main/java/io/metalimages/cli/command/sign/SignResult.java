package io.metalimages.cli.command.sign;

import io.metalimages.cli.display.DisplayText;
import io.metalimages.cli.display.OutputStyle;
import io.metalimages.cli.display.Style;
import io.metalimages.cli.output.Result;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * An image that was signed.
 *
 * @param name what the user calls it
 * @param signatures the files, that of the provenance first
 * @param key the id of the key
 */
record SignResult(String name, List<Path> signatures, String key) implements Result {

    SignResult {
        signatures = List.copyOf(signatures);
    }

    @Override
    public List<String> text(OutputStyle outputStyle) {
        List<String> lines = new ArrayList<>();
        lines.add(outputStyle.styled(Style.BOLD, DisplayText.line(name)));
        for (Path signature : signatures) {
            lines.add(
                    "  " + outputStyle.styled(Style.GREEN, outputStyle.glyphs().done()) + " signed"
                            + outputStyle.glyphs().separator() + DisplayText.line(signature.toString()));
        }
        lines.add("    key  " + key);
        return lines;
    }

    @Override
    public List<String> brief() {
        return signatures.stream().map(Path::toString).toList();
    }

    @Override
    public Optional<String> array() {
        return Optional.of("signatures");
    }

    /** @param signature the one of the provenance */
    record Document(String image, Path signature, List<String> signatures, String keyId) {}

    @Override
    public Document json() {
        return new Document(name, signatures.getFirst(), brief(), key);
    }
}
