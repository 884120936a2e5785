package io.metalimages.cli.command.docker;

import io.metalimages.build.DockerfileOutline;
import io.metalimages.cli.display.DisplayText;
import io.metalimages.cli.display.OutputStyle;
import io.metalimages.cli.output.Result;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What a Dockerfile can be given, for the user. */
record OutlineResult(DockerfileOutline outline) implements Result {

    @Override
    public List<String> text(OutputStyle outputStyle) {
        List<String> lines = new ArrayList<>();
        outline.target().ifPresent(target -> lines.add("TARGET: " + DisplayText.line(target)));
        if (!outline.arguments().isEmpty()) {
            lines.add("");
            lines.addAll(new TextTable("BUILD ARG", "VALUE", "DESCRIPTION")
                    .with(outline.arguments().stream()
                            .map(argument -> List.of(
                                    argument.name(),
                                    argument.value().orElse(""),
                                    argument.description().orElse("")))
                            .toList()));
        }
        lent("SECRET", outline.secrets(), lines);
        lent("SSH", outline.agents(), lines);
        return lines;
    }

    private static void lent(String heading, List<DockerfileOutline.Lent> lent, List<String> lines) {
        if (!lent.isEmpty()) {
            lines.add("");
            lines.addAll(new TextTable(heading, "REQUIRED")
                    .with(lent.stream()
                            .map(one -> List.of(one.id(), one.required() ? "true" : ""))
                            .toList()));
        }
    }

    @Override
    public List<String> brief() {
        return outline.arguments().stream()
                .map(argument -> DisplayText.line(argument.name()))
                .toList();
    }

    record Document(Optional<String> target, List<Argument> args, List<Lent> secrets, List<Lent> ssh) {}

    record Argument(String name, Optional<String> value, Optional<String> description) {}

    record Lent(String id, boolean required) {

        Lent(DockerfileOutline.Lent lent) {
            this(lent.id(), lent.required());
        }
    }

    @Override
    public Document json() {
        return new Document(
                outline.target(),
                outline.arguments().stream()
                        .map(argument -> new Argument(argument.name(), argument.value(), argument.description()))
                        .toList(),
                outline.secrets().stream().map(Lent::new).toList(),
                outline.agents().stream().map(Lent::new).toList());
    }
}
