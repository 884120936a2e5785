package io.metalimages.cli.command.docker;

import io.metalimages.build.CheckedDockerfile;
import io.metalimages.build.Definition;
import io.metalimages.build.Definitions;
import io.metalimages.build.DockerfileOutline;
import io.metalimages.build.remote.Remotes;
import io.metalimages.cli.command.GarbageCollection;
import io.metalimages.cli.command.Privilege;
import io.metalimages.cli.display.CommandContext;
import io.metalimages.cli.display.Display;
import io.metalimages.cli.display.OutputOptions;
import io.metalimages.cli.output.ExitCode;
import io.metalimages.cli.output.Json;
import io.metalimages.cli.output.Report;
import io.metalimages.common.FaultException;
import io.metalimages.engine.Progress;
import io.metalimages.engine.snapshot.SnapshotStore;
import io.metalimages.engine.work.StateDirectory;
import io.metalimages.engine.work.WorkDirectory;
import io.metalimages.pipeline.PipelineOptions;
import io.metalimages.pipeline.SourceDate;
import io.metalimages.pipeline.cache.CachePolicy;
import io.metalimages.pipeline.cache.StateCache;
import io.metalimages.pipeline.docker.BuildContext;
import io.metalimages.pipeline.docker.DockerBuild;
import io.metalimages.pipeline.docker.DockerRequest;
import io.metalimages.pipeline.docker.DockerResult;
import io.metalimages.pipeline.docker.Output;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import picocli.CommandLine.ParseResult;

/** What {@code metal-images docker-build} does: from arguments to an image, or to what is said of its Dockerfile. */
final class DockerBuildWork {

    private final ParseResult parsed;
    private final DockerArguments arguments;
    private final OutputOptions options;
    private final CommandContext context;

    DockerBuildWork(ParseResult parsed, OutputOptions options, CommandContext context) {
        this.parsed = parsed;
        this.arguments = new DockerArguments(parsed, context.environment());
        this.options = options;
        this.context = context;
    }

    void perform(Report report) throws IOException, InterruptedException {
        arguments.refuse(DockerBuildCommand.UNSUPPORTED);
        arguments.requirePlatform();
        List<Output> outputs = outputs();
        Privilege.requireRoot();
        StateDirectory state = StateDirectory.fromEnvironment(context.environment(), true);
        try (Display display = Display.open(options, context)) {
            Consumer<String> notes = note -> display.report(new Progress.Event.Note(note));
            try (WorkDirectory work = WorkDirectory.open(state, notes)) {
                Definition definition = definition(new BuildContext.Opener(new Remotes(state, work), work, System.in));
                display.begin(definition.name(), "building");
                SnapshotStore snapshots = SnapshotStore.open(state, work, notes);
                DockerBuild build = new DockerBuild(
                        definitions(context),
                        state,
                        work,
                        snapshots,
                        new PipelineOptions(
                                arguments.buildOptions(),
                                SourceDate.given(arguments.text("--epoch"), context.environment())),
                        context.environment(),
                        context.output());
                switch (arguments.flag("--check")
                        ? "check"
                        : arguments.text("--call").orElse("build")) {
                    case "build" -> {
                        build(build, definition, outputs, display, report);
                        GarbageCollection.run(
                                new StateCache(state, snapshots, work),
                                CachePolicy.automatic(state, context.environment()),
                                display);
                    }
                    case "check", "lint" -> check(build.check(definition, display), report);
                    case "targets" -> report.add(new TargetsResult(DockerfileOutline.targets(definition)));
                    case "outline" -> report.add(new OutlineResult(DockerfileOutline.of(definition)));
                    default ->
                        throw FaultException.wrongInput(
                                "--call " + arguments.text("--call").orElse("") + ": there is no such call.",
                                "Choose one of: build, check, outline, targets");
                }
            }
        }
    }

    private List<Output> outputs() {
        List<Output> outputs = new ArrayList<>();
        for (String text : arguments.list("--output")) {
            outputs.add(Output.parse(text));
        }
        if (arguments.flag("--push")) {
            outputs.add(Output.parse("type=registry"));
        }
        if (outputs.stream().filter(Output::isStandardOutput).count() > 1) {
            throw FaultException.wrongInput("Only one output can go to standard output.", "Give the others a file.");
        }
        return outputs.isEmpty() ? List.of(Output.parse("type=image")) : outputs;
    }

    /** Those of the checkout, where there are any. */
    static Definitions definitions(CommandContext context) throws IOException {
        return Definitions.in(
                Files.isDirectory(context.definitions()) ? List.of(context.definitions()) : List.of(),
                context.environment());
    }

    private Definition definition(BuildContext.Opener opener) throws IOException, InterruptedException {
        String place = parsed.matchedPositionalValue(0, ".");
        BuildContext opened = opener.open(place, arguments.text("--file"));
        return new Definition(
                place,
                opened.dockerfile(),
                opened.directory(),
                arguments.buildArguments(),
                arguments.assignments("--build-context"),
                arguments.text("--target"),
                List.of());
    }

    private void build(DockerBuild build, Definition definition, List<Output> outputs, Display display, Report report)
            throws IOException, InterruptedException {
        boolean streamed = outputs.stream().anyMatch(Output::isStandardOutput);
        boolean identified = options.quiet()
                || options.json()
                || arguments.text("--iidfile").isPresent()
                || arguments.text("--metadata-file").isPresent();
        DockerResult result = build.build(
                new DockerRequest(definition, arguments.names(), arguments.assignments("--label"), outputs, identified),
                display);
        DockerBuildResult told = new DockerBuildResult(result);
        if (arguments.text("--iidfile").isPresent()) {
            Files.writeString(Path.of(arguments.text("--iidfile").get()), told.id());
        }
        if (arguments.text("--metadata-file").isPresent()) {
            Files.writeString(Path.of(arguments.text("--metadata-file").get()), Json.of(told.metadata()) + "\n");
        }
        if (!streamed) {
            report.add(told);
        }
    }

    private void check(CheckedDockerfile checked, Report report) throws IOException {
        if (arguments.text("--sarif").isPresent()) {
            Files.writeString(Path.of(arguments.text("--sarif").get()), LintSarif.of(checked));
        }
        report.add(new LintReportResult(checked));
        if (checked.fault().isPresent()) {
            throw checked.fault().get();
        }
        if (!checked.lint().findings().isEmpty()) {
            report.exitWith(ExitCode.FAILED_WORK);
        }
    }
}
