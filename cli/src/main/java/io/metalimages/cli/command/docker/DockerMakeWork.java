package io.metalimages.cli.command.docker;

import io.metalimages.build.BuildOptions;
import io.metalimages.build.CheckedDockerfile;
import io.metalimages.build.Definition;
import io.metalimages.build.definition.DockerMakeFile;
import io.metalimages.cli.command.GarbageCollection;
import io.metalimages.cli.command.Privilege;
import io.metalimages.cli.command.StepArguments;
import io.metalimages.cli.display.CommandContext;
import io.metalimages.cli.display.Display;
import io.metalimages.cli.display.OutputOptions;
import io.metalimages.cli.output.ExitCode;
import io.metalimages.cli.output.Report;
import io.metalimages.common.FaultException;
import io.metalimages.engine.Progress;
import io.metalimages.engine.exec.Network;
import io.metalimages.engine.snapshot.SnapshotStore;
import io.metalimages.engine.work.StateDirectory;
import io.metalimages.engine.work.WorkDirectory;
import io.metalimages.pipeline.PipelineOptions;
import io.metalimages.pipeline.SourceDate;
import io.metalimages.pipeline.cache.CachePolicy;
import io.metalimages.pipeline.cache.StateCache;
import io.metalimages.pipeline.docker.DockerBuild;
import io.metalimages.pipeline.docker.DockerMake;
import io.metalimages.supplychain.statement.GitCheckout;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import picocli.CommandLine.ParseResult;

/** What {@code metal-images docker-make} does: from a file to images and what its commands make of them. */
final class DockerMakeWork {

    private static final List<String> USUAL_FILES = List.of("docker-make.yaml", "docker-make.yml");
    private static final DateTimeFormatter DATE = DateTimeFormatter.ofPattern("yyyy-MM-dd-HH:mm:ss");

    private final ParseResult parsed;
    private final DockerArguments arguments;
    private final OutputOptions options;
    private final CommandContext context;

    DockerMakeWork(ParseResult parsed, OutputOptions options, CommandContext context) {
        this.parsed = parsed;
        this.arguments = new DockerArguments(parsed, context.environment());
        this.options = options;
        this.context = context;
    }

    /** Whether the Dockerfile has mistakes that keep it from being built. */
    boolean perform(Report report) throws IOException, InterruptedException {
        Path directory = Path.of(arguments.text("--work-dir").orElse("."));
        if (!Files.isDirectory(directory)) {
            throw FaultException.wrongInput("There is no directory " + directory + ".", "Look at --work-dir.");
        }
        GitCheckout checkout = new GitCheckout(directory);
        Optional<String> commit = checkout.ask("rev-parse", "--short=8", "HEAD");
        try (Display display = Display.open(options, context)) {
            Consumer<String> notes = note -> display.report(new Progress.Event.Note(note));
            DockerMakeFile file = DockerMakeFile.readForCommand(
                    file(directory), variables(commit), arguments.assignments("--build-arg"), notes);
            DockerMake.Options wanted = new DockerMake.Options(
                    directory,
                    arguments.text("--dockerfile").orElse("Dockerfile"),
                    arguments.list("--build-only"),
                    arguments.assignments("--label"),
                    arguments.text("--target"),
                    commit,
                    !arguments.flag("--no-push"));
            if (arguments.flag("--show-builds") || arguments.flag("--dry-run")) {
                report.add(
                        new DockerMakeResult(new DockerMakePlan(file, wanted, arguments.flag("--dry-run")).builds()));
                return false;
            }
            Privilege.requireRoot();
            return perform(file, wanted, display, report);
        }
    }

    private static Path file(Path directory, Optional<String> named) {
        return named.map(directory::resolve)
                .orElseGet(() -> USUAL_FILES.stream()
                        .map(directory::resolve)
                        .filter(Files::exists)
                        .findFirst()
                        .orElse(directory.resolve(USUAL_FILES.getFirst())));
    }

    private Path file(Path directory) {
        return file(directory, arguments.text("--file"));
    }

    private Function<String, Optional<String>> variables(Optional<String> commit) {
        Map<String, String> variables = new HashMap<>(context.environment());
        variables.put("DOCKER_MAKE_GIT_SHA1", commit.orElse(""));
        variables.put(
                "DOCKER_MAKE_DATE", LocalDateTime.now(ZoneId.systemDefault()).format(DATE));
        return name -> Optional.ofNullable(variables.get(name));
    }

    private boolean perform(DockerMakeFile file, DockerMake.Options wanted, Display display, Report report)
            throws IOException, InterruptedException {
        Consumer<String> notes = note -> display.report(new Progress.Event.Note(note));
        StateDirectory state = StateDirectory.fromEnvironment(context.environment(), true);
        try (WorkDirectory work = WorkDirectory.open(state, notes)) {
            SnapshotStore snapshots = SnapshotStore.open(state, work, notes);
            DockerBuild builds = new DockerBuild(
                    DockerBuildWork.definitions(context),
                    state,
                    work,
                    snapshots,
                    new PipelineOptions(buildOptions(), SourceDate.given(Optional.empty(), context.environment())),
                    context.environment(),
                    context.output());
            DockerMake make = new DockerMake(builds, work, wanted);
            if (lint(builds, file, wanted, display, report)) {
                return true;
            }
            if (!arguments.flag("--only-lint")) {
                report.add(new DockerMakeResult(make.make(file, new MakeDisplay(display)).stream()
                        .map(DockerMakeResult.Build::new)
                        .toList()));
                GarbageCollection.run(
                        new StateCache(state, snapshots, work),
                        CachePolicy.automatic(state, context.environment()),
                        display);
            }
            return false;
        }
    }

    private BuildOptions buildOptions() {
        return new BuildOptions(
                arguments.flag("--no-cache"),
                !arguments.flag("--no-pull"),
                false,
                Network.OUTGOING,
                StepArguments.limits(parsed));
    }

    /** Whether there are mistakes, and the user does not want to go on in spite of them. */
    private boolean lint(
            DockerBuild builds, DockerMakeFile file, DockerMake.Options wanted, Display display, Report report)
            throws IOException, InterruptedException {
        boolean only = arguments.flag("--only-lint");
        boolean goOn = arguments.flag("--Lint") || arguments.flag("--no-lint");
        if (goOn && !only) {
            return false;
        }
        Definition definition = DockerMake.request(
                        file, DockerMake.wanted(file, wanted).getFirst(), wanted)
                .definition();
        CheckedDockerfile checked = builds.check(definition, display);
        if (only || !checked.lint().findings().isEmpty()) {
            report.add(new LintReportResult(checked));
        }
        if (!checked.lint().findings().isEmpty()) {
            report.exitWith(ExitCode.FAILED_WORK);
            return true;
        }
        return false;
    }

    /** Shows each build under its name. */
    private record MakeDisplay(Display display) implements DockerMake.Listener {

        @Override
        public void begin(String name) {
            display.begin(name, "building");
        }

        @Override
        public void report(Progress.Event event) {
            display.report(event);
        }
    }
}
