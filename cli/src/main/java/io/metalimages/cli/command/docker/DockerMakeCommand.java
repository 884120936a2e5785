package io.metalimages.cli.command.docker;

import io.metalimages.cli.command.Command;
import io.metalimages.cli.command.StepOptions;
import io.metalimages.cli.display.CommandContext;
import io.metalimages.cli.display.OutputOptions;
import io.metalimages.cli.output.Report;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;

/** {@code metal-images docker-make}. */
public final class DockerMakeCommand extends Command {

    private boolean lintFailed;

    public DockerMakeCommand(CommandContext context) {
        super(
                context,
                "Builds what a docker-make.yaml says, with the options of docker-make.",
                "  metal-images docker-make",
                "  metal-images docker-make -nNL -w debian -f docker-make.ubuntu.yaml",
                "  metal-images docker-make --build-only debian --no-push",
                "  metal-images docker-make --only-lint");
        description()
                .usageMessage()
                .exitCodeList(Map.of(
                        "  0",
                        "done",
                        "  1",
                        "the work failed",
                        "  2",
                        "the Dockerfile has mistakes",
                        " 99",
                        "interrupted"));
        option(text("-w", "--work-dir", "DIR", "Where the Dockerfile is. Default: the current directory"));
        option(text("-f", "--file", "FILE", "What to do, below the working directory. Default: docker-make.yaml"));
        option(OptionSpec.builder("--dockerfile")
                .type(String.class)
                .paramLabel("FILE")
                .description("The Dockerfile, below the working directory. Default: Dockerfile"));
        option(several("-b", "--build-only", "NAME", "Do only the builds with these names."));
        option(several("--build-arg", "NAME=VALUE", "A further default-build-args."));
        option(several("--label", "NAME=VALUE", "A label of each image."));
        option(OptionSpec.builder("--target")
                .type(String.class)
                .paramLabel("STAGE")
                .description("The stage to build. Default: the last"));
        option(flag("-n", "--no-push", "Leave the images here."));
        option(flag("-N", "--no-pull", "Do not look whether what bases come from has changed."));
        option(flag(
                "-l",
                "--lint",
                "Look for mistakes in the Dockerfile, and build nothing if there are any. The default"));
        option(flag("-L", "--Lint", "Look for mistakes in the Dockerfile, and go on."));
        option(OptionSpec.builder("--no-lint").description("Do not look for mistakes in the Dockerfile."));
        option(OptionSpec.builder("--only-lint")
                .description("Look for mistakes in the Dockerfile, and build nothing."));
        option(OptionSpec.builder("--no-cache").description("Run every step, even one whose result is there."));
        option(flag("-B", "--show-builds", "Show what there is to build, and build nothing."));
        option(flag("-d", "--dry-run", "Show what would be done."));
        StepOptions.addTo(description());
        OutputOptions.addProgressTo(description());
        OutputOptions.addTo(description());
    }

    private static OptionSpec.Builder text(String shortName, String name, String label, String description) {
        return OptionSpec.builder(shortName, name)
                .type(String.class)
                .paramLabel(label)
                .description(description);
    }

    /** One option may have several values. */
    private static OptionSpec.Builder several(String name, String label, String description) {
        return OptionSpec.builder(name)
                .type(List.class)
                .auxiliaryTypes(String.class)
                .arity("1..*")
                .paramLabel(label)
                .description(description);
    }

    private static OptionSpec.Builder several(String shortName, String name, String label, String description) {
        return several(name, label, description).names(shortName, name);
    }

    private static OptionSpec.Builder flag(String shortName, String name, String description) {
        return OptionSpec.builder(shortName, name).description(description);
    }

    @Override
    protected void perform(ParseResult parsed, OutputOptions options, CommandContext context, Report report)
            throws Exception {
        lintFailed = new DockerMakeWork(parsed, options, context).perform(report);
    }

    /** Those of docker-make. The JVM would end with 130 after Ctrl-C. */
    @Override
    protected int exitCode(int usual) {
        if (usual == 130) {
            Runtime.getRuntime().halt(99);
        }
        return usual == 0 ? 0 : lintFailed ? 2 : 1;
    }
}
