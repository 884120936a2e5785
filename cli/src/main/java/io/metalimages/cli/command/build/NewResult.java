package io.metalimages.cli.command.build;

import io.metalimages.cli.display.DisplayText;
import io.metalimages.cli.display.OutputStyle;
import io.metalimages.cli.display.Style;
import io.metalimages.cli.output.Result;
import java.nio.file.Path;
import java.util.List;

/**
 * A definition that was begun.
 *
 * @param files of the definition, in one directory
 * @param ofTheCheckout whether the program finds it without being told where
 */
record NewResult(String name, List<Path> files, boolean ofTheCheckout) implements Result {

    @Override
    public List<String> text(OutputStyle outputStyle) {
        Path directory = files.getFirst().resolveSibling("");
        String option = ofTheCheckout ? "" : " --os-dir " + DisplayText.line(String.valueOf(directory.getParent()));
        return List.of(
                outputStyle.styled(Style.BOLD, name),
                "  " + outputStyle.styled(Style.GREEN, outputStyle.glyphs().done()) + " created"
                        + outputStyle.glyphs().separator() + DisplayText.line(directory.toString()),
                "    " + String.join(", ", fileNames()),
                "  Next: metal-images build " + name + option);
    }

    private List<String> fileNames() {
        return files.stream().map(file -> file.getFileName().toString()).toList();
    }

    @Override
    public List<String> brief() {
        return files.stream().map(Path::toString).toList();
    }

    record Document(String name, List<Path> files) {}

    @Override
    public Document json() {
        return new Document(name, files);
    }
}
