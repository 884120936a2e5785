package io.metalimages.cli.command.docker;

import io.metalimages.cli.display.DisplayText;
import io.metalimages.cli.display.OutputStyle;
import io.metalimages.cli.display.Style;
import io.metalimages.cli.output.Result;
import io.metalimages.pipeline.docker.DockerMake;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What came of a {@code docker-make.yaml}, or what it says, for the user. */
record DockerMakeResult(List<Build> builds) implements Result {

    /**
     * One build.
     *
     * @param images its names
     * @param before the commands before it, where they were asked for
     * @param after the commands after it, likewise
     */
    record Build(String name, List<String> images, Map<String, String> args, List<String> before, List<String> after) {

        Build(DockerMake.Made made) {
            this(
                    made.build(),
                    made.result().names().stream().map(Object::toString).toList(),
                    Map.of(),
                    List.of(),
                    List.of());
        }
    }

    @Override
    public List<String> text(OutputStyle outputStyle) {
        List<String> lines = new ArrayList<>();
        for (Build build : builds) {
            lines.add(outputStyle.styled(Style.BOLD, DisplayText.line(build.name())));
            build.before().forEach(command -> lines.add("  before  " + DisplayText.line(command)));
            new TreeMap<>(build.args())
                    .forEach((name, value) -> lines.add("  arg     " + DisplayText.line(name + "=" + value)));
            build.images().forEach(image -> lines.add("  image   " + image));
            build.after().forEach(command -> lines.add("  after   " + DisplayText.line(command)));
        }
        return lines;
    }

    @Override
    public List<String> brief() {
        return builds.stream().flatMap(build -> build.images().stream()).toList();
    }

    record Document(List<Build> builds) {}

    @Override
    public Document json() {
        return new Document(builds);
    }
}
