package io.metalimages.cli.command.docker;

import io.metalimages.cli.command.Command;
import io.metalimages.cli.command.StepOptions;
import io.metalimages.cli.display.CommandContext;
import io.metalimages.cli.display.OutputOptions;
import io.metalimages.cli.output.Report;
import java.util.List;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParseResult;

/** {@code metal-images docker-build}. */
public final class DockerBuildCommand extends Command {

    /** Options of {@code docker build} that mean nothing here, or are left out. */
    static final List<String> UNSUPPORTED = List.of(
            "--add-host",
            "--allow",
            "--annotation",
            "--attest",
            "--builder",
            "--cache-from",
            "--cache-to",
            "--cgroup-parent",
            "--policy",
            "--provenance",
            "--sbom",
            "--shm-size",
            "--ulimit");

    public DockerBuildCommand(CommandContext context) {
        super(
                context,
                "Builds an image from any Dockerfile, with the options of docker build.",
                "  metal-images docker-build .",
                "  metal-images docker-build -t quay.io/team/server:1 --push .",
                "  metal-images docker-build --output type=oci,dest=server.tar https://example.com/server.git#main",
                "  metal-images docker-build --output type=docker,dest=- -t server . | docker load",
                "  metal-images docker-build --check .");
        description()
                .addPositional(PositionalParamSpec.builder()
                        .paramLabel("CONTEXT")
                        .arity("1")
                        .required(true)
                        .type(String.class)
                        .description(
                                "A directory, - for a Dockerfile or a tar on standard input, or the address of a git"
                                        + " repository or a tar.")
                        .build());
        option(text(
                "-f", "--file", "FILE", "The Dockerfile; - for standard input. Default: Dockerfile in the context"));
        option(list("-t", "--tag", "NAME[:TAG]", "A name of the image. May be given several times."));
        option(
                list(
                        "-o",
                        "--output",
                        "type=TYPE[,dest=PLACE]",
                        "Where the image goes: type is tar, local, oci, docker,"
                                + " image, registry or cacheonly; PLACE is a file, a directory or - for standard output. Default: image"));
        option(flag("--push", "The same as --output type=registry."));
        option(list("--build-arg", "NAME[=VALUE]", "A value of an ARG; without VALUE that of the environment."));
        option(list("--build-context", "NAME=PLACE", "What FROM and --from mean by a name."));
        option(text("--target", "STAGE", "The stage to build. Default: the last"));
        option(list("--label", "NAME=VALUE", "A label of the image."));
        option(flag("--no-cache", "Run every step, even one whose result is there."));
        option(list("--no-cache-filter", "STAGE", "Run every step of a stage."));
        option(flag("--pull", "Look whether what bases come from has changed."));
        option(text("--platform", "PLATFORM", "What to build for. Default: this machine's"));
        option(text("--network", "default|host|none", "The network of steps whose RUN names none."));
        option(list("--secret", "id=NAME[,src=FILE|,env=VARIABLE]", "A secret for steps that mount it."));
        option(list("--ssh", "NAME[=SOCKET]", "An SSH agent for steps that mount it."));
        option(text("--iidfile", "FILE", "Write the image's id into FILE."));
        option(text("--metadata-file", "FILE", "Write what the image is known by into FILE, as JSON."));
        option(flag("--check", "Look for mistakes in the Dockerfile and build nothing."));
        option(text("--call", "build|check|outline|targets", "What to do: build, or tell of the Dockerfile."));
        option(text("--sarif", "FILE", "With --check: write what was found into FILE as SARIF 2.1.0."));
        option(text("--epoch", "SECONDS", "The time of the image, in seconds since 1970."));
        option(flag("--load", "").hidden(true));
        for (String option : UNSUPPORTED) {
            option(list(option, "VALUE", "").hidden(true));
        }
        StepOptions.addTo(description());
        OutputOptions.addDockerProgressTo(description());
        OutputOptions.addTo(description());
    }

    private static OptionSpec.Builder text(String name, String label, String description) {
        return OptionSpec.builder(name).type(String.class).paramLabel(label).description(description);
    }

    private static OptionSpec.Builder text(String shortName, String name, String label, String description) {
        return text(name, label, description).names(shortName, name);
    }

    private static OptionSpec.Builder list(String name, String label, String description) {
        return OptionSpec.builder(name)
                .type(List.class)
                .auxiliaryTypes(String.class)
                .paramLabel(label)
                .description(description);
    }

    private static OptionSpec.Builder list(String shortName, String name, String label, String description) {
        return list(name, label, description).names(shortName, name);
    }

    private static OptionSpec.Builder flag(String name, String description) {
        return OptionSpec.builder(name).description(description);
    }

    @Override
    protected void perform(ParseResult parsed, OutputOptions options, CommandContext context, Report report)
            throws Exception {
        new DockerBuildWork(parsed, options, context).perform(report);
    }
}
