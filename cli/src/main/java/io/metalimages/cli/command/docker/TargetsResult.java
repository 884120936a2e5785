package io.metalimages.cli.command.docker;

import io.metalimages.build.DockerfileOutline;
import io.metalimages.cli.display.DisplayText;
import io.metalimages.cli.display.OutputStyle;
import io.metalimages.cli.output.Result;
import java.util.List;
import java.util.Optional;

/** The stages of a Dockerfile that can be built, for the user. */
record TargetsResult(List<DockerfileOutline.Target> targets) implements Result {

    @Override
    public List<String> text(OutputStyle outputStyle) {
        return new TextTable("TARGET", "DESCRIPTION")
                .with(targets.stream()
                        .map(target ->
                                List.of(shown(target), target.description().orElse("")))
                        .toList());
    }

    private static String shown(DockerfileOutline.Target target) {
        return (target.name().orElse("") + (target.isDefault() ? " (default)" : "")).strip();
    }

    @Override
    public List<String> brief() {
        return targets.stream()
                .flatMap(target -> target.name().stream())
                .map(DisplayText::line)
                .toList();
    }

    record Document(List<Stage> targets) {}

    /** @param isDefault whether it is built if none is named */
    record Stage(Optional<String> name, String base, Optional<String> description, boolean isDefault) {

        Stage(DockerfileOutline.Target target) {
            this(target.name(), target.base(), target.description(), target.isDefault());
        }
    }

    @Override
    public Document json() {
        return new Document(targets.stream().map(Stage::new).toList());
    }
}
