package io.metalimages.cli.command.sign;

import io.metalimages.cli.display.DisplayText;
import io.metalimages.cli.display.Look;
import io.metalimages.cli.display.Style;
import io.metalimages.cli.output.Result;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
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
    public List<String> text(Look look) {
        List<String> lines = new ArrayList<>();
        lines.add(look.styled(Style.BOLD, DisplayText.line(name)));
        for (Path signature : signatures) {
            lines.add("  " + look.styled(Style.GREEN, look.glyphs().done()) + " signed"
                    + look.glyphs().separator() + DisplayText.line(signature.toString()));
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

    @Override
    public Map<String, Object> json() {
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("image", name);
        members.put("signature", signatures.getFirst().toString());
        members.put("signatures", brief());
        members.put("keyId", key);
        return members;
    }
}
