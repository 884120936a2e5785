package io.metalimages.cli.command.build;

import io.metalimages.build.BuildOptions;
import io.metalimages.build.Definition;
import io.metalimages.build.Definitions;
import io.metalimages.cli.command.GarbageCollection;
import io.metalimages.cli.command.OutputDirectory;
import io.metalimages.cli.command.Privilege;
import io.metalimages.cli.command.check.CheckWork;
import io.metalimages.cli.command.check.FindingsText;
import io.metalimages.cli.display.CommandContext;
import io.metalimages.cli.display.Display;
import io.metalimages.cli.display.OutputOptions;
import io.metalimages.cli.display.Quantity;
import io.metalimages.cli.output.Report;
import io.metalimages.engine.Progress;
import io.metalimages.engine.snapshot.SnapshotStore;
import io.metalimages.engine.work.StateDirectory;
import io.metalimages.engine.work.WorkDirectory;
import io.metalimages.pipeline.ImagePipeline;
import io.metalimages.pipeline.PipelineOptions;
import io.metalimages.pipeline.PipelineResult;
import io.metalimages.pipeline.SourceDate;
import io.metalimages.pipeline.cache.CachePolicy;
import io.metalimages.pipeline.cache.StateCache;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.function.Consumer;

/** What {@code metal-images build} does: from names of definitions to artifacts on disk. */
final class BuildWork {

    private final Definitions definitions;
    private final Path output;
    private final BuildOptions buildOptions;
    private final boolean checking;
    private final Optional<String> epoch;
    private final Map<String, String> buildArguments;
    private final Map<String, String> contexts;
    private final OutputOptions options;
    private final CommandContext context;

    /**
     * @param output above the images' directories
     * @param checking whether an image that breaches the contract is a failure
     * @param epoch as the user gave it
     * @param buildArguments instead of those that the definitions give
     * @param contexts what the user means by names of images and contexts
     */
    BuildWork(
            Definitions definitions,
            Path output,
            BuildOptions buildOptions,
            boolean checking,
            Optional<String> epoch,
            Map<String, String> buildArguments,
            Map<String, String> contexts,
            OutputOptions options,
            CommandContext context) {
        this.definitions = definitions;
        this.output = output;
        this.buildOptions = buildOptions;
        this.checking = checking;
        this.epoch = epoch;
        this.buildArguments = buildArguments;
        this.contexts = contexts;
        this.options = options;
        this.context = context;
    }

    void build(List<String> names, Report report) throws IOException, InterruptedException {
        Privilege.requireRoot();
        Collection<Definition> wanted = find(names);
        Optional<Instant> givenDate = SourceDate.given(epoch, context.environment());
        wanted.forEach(definition -> OutputDirectory.requireWritable("Artifacts", directory(definition), "--output"));

        try (Display display = Display.open(options, context)) {
            build(wanted, givenDate, display, report);
        }
    }

    private Collection<Definition> find(List<String> names) throws IOException {
        Map<String, Definition> wanted = new LinkedHashMap<>();
        for (String name : names) {
            Definition definition = definitions.find(name).with(buildArguments, contexts);
            wanted.putIfAbsent(definition.name(), definition);
        }
        return wanted.values();
    }

    private Path directory(Definition definition) {
        return output.resolve(definition.name());
    }

    private void build(Collection<Definition> wanted, Optional<Instant> givenDate, Display display, Report report)
            throws IOException, InterruptedException {
        StateDirectory state = StateDirectory.fromEnvironment(context.environment(), true);
        CachePolicy policy = CachePolicy.automatic(state, context.environment());
        Consumer<String> notes = note -> display.report(new Progress.Event.Note(note));
        try (WorkDirectory work = WorkDirectory.open(state, notes)) {
            SnapshotStore snapshots = SnapshotStore.open(state, work, notes);
            ImagePipeline pipeline = new ImagePipeline(
                    context.home(),
                    definitions,
                    state,
                    work,
                    snapshots,
                    new PipelineOptions(buildOptions, givenDate),
                    context.environment());
            FutureTask<Void> synchronisation = synchronise(snapshots);
            List<ImageResult> results = new ArrayList<>();
            for (Definition definition : wanted) {
                display.begin(definition.name(), "building");
                PipelineResult image = pipeline.make(definition, directory(definition), display);
                ImageResult result = new ImageResult(image, checking);
                report.add(result);
                results.add(result);
                if (checking && !image.upToDate()) {
                    display.report(new Progress.Event.Note("checked on the way: "
                            + FindingsText.counts(image.artifact().check()) + ", in "
                            + Quantity.took(image.artifact().checking()) + " of that"));
                }
            }
            await(synchronisation);
            if (results.stream().anyMatch(result -> !result.image().upToDate())) {
                GarbageCollection.run(new StateCache(state, snapshots, work), policy, display);
            }
            if (checking) {
                CheckWork.failOnFindings(
                        results.stream().map(ImageResult::check).toList(), false);
            }
        }
    }

    /**
     * Makes what earlier runs have left safe on disk while this one works: most of it is there by now. What this run makes
     * is left to the next, as to wait for the disk would cost more than to do it again after a loss of power.
     */
    private static FutureTask<Void> synchronise(SnapshotStore snapshots) {
        FutureTask<Void> synchronisation = new FutureTask<>(() -> {
            snapshots.synchronise();
            return null;
        });
        Thread.ofPlatform().daemon().name("synchronisation").start(synchronisation);
        return synchronisation;
    }

    private static void await(FutureTask<Void> synchronisation) throws IOException, InterruptedException {
        try {
            synchronisation.get();
        } catch (ExecutionException e) {
            throw new IOException("The results of earlier steps could not be made safe on disk.", e.getCause());
        }
    }
}
