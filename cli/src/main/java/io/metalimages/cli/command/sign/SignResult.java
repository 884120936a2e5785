package io.metalimages.cli.command.sign;

import io.metalimages.cli.display.DisplayText;
import io.metalimages.cli.display.Look;
import io.metalimages.cli.display.Style;
import io.metalimages.cli.output.Result;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * An image that was signed.
 *
 * @param name what the user calls it
 * @param key the id of the key
 */
record SignResult(String name, Path signature, String key) implements Result {

    @Override
    public List<String> text(Look look) {
        return List.of(
                look.styled(Style.BOLD, DisplayText.line(name)),
                "  " + look.styled(Style.GREEN, look.glyphs().done()) + " signed"
                        + look.glyphs().separator() + DisplayText.line(signature.toString()),
                "    key  " + key);
    }

    @Override
    public List<String> brief() {
        return List.of(signature.toString());
    }

    @Override
    public Optional<String> array() {
        return Optional.of("signatures");
    }

    @Override
    public Map<String, Object> json() {
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("image", name);
        members.put("signature", signature.toString());
        members.put("keyId", key);
        return members;
    }
}
