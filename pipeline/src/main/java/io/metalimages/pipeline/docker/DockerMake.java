package io.metalimages.pipeline.docker;

import io.metalimages.build.Definition;
import io.metalimages.build.LocalImages;
import io.metalimages.build.definition.DockerMakeFile;
import io.metalimages.common.FaultException;
import io.metalimages.engine.Progress;
import io.metalimages.engine.work.WorkDirectory;
import io.metalimages.registry.ImageReference;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Does what a {@code docker-make.yaml} says: its commands and its builds, in order. Nothing is done after a failure. */
public final class DockerMake {

    private final DockerBuild builds;
    private final WorkDirectory work;
    private final Options options;

    /**
     * What the user wants besides.
     *
     * @param directory where the Dockerfile and its context are, and where commands run
     * @param dockerfile below {@code directory}
     * @param only the names of the builds to do; empty for all
     * @param labels of each image
     * @param commit that an image of the default build is tagged with, if it is known
     * @param pushed whether images go to the registry
     */
    public record Options(
            Path directory,
            String dockerfile,
            List<String> only,
            Map<String, String> labels,
            Optional<String> target,
            Optional<String> commit,
            boolean pushed) {

        public Options {
            only = List.copyOf(only);
            labels = Map.copyOf(labels);
        }
    }

    /** Hears what is done. */
    public interface Listener extends Progress {

        /** What is reported from now on belongs to a build, or to the commands around all of them. */
        void begin(String name);
    }

    public DockerMake(DockerBuild builds, WorkDirectory work, Options options) {
        this.builds = builds;
        this.work = work;
        this.options = options;
    }

    /**
     * The builds that are to be done.
     *
     * @throws FaultException if one is wanted that the file does not have
     */
    public static List<DockerMakeFile.Build> wanted(DockerMakeFile file, Options options) {
        for (String name : options.only()) {
            if (file.builds().stream().noneMatch(build -> build.name().equals(name))) {
                throw FaultException.wrongInput(
                        file.file() + " has no build " + name + ".",
                        "Its builds are: "
                                + String.join(
                                        ", ",
                                        file.builds().stream()
                                                .map(DockerMakeFile.Build::name)
                                                .toList())
                                + ".");
            }
        }
        return file.builds().stream()
                .filter(build -> options.only().isEmpty() || options.only().contains(build.name()))
                .toList();
    }

    /** What one build is asked for. */
    public static DockerRequest request(DockerMakeFile file, DockerMakeFile.Build build, Options options) {
        Set<ImageReference> names = new LinkedHashSet<>();
        if (file.namesDefault() && build.name().equals(file.defaultBuild())) {
            options.commit().ifPresent(commit -> names.add(LocalImages.name(file.imageName(commit))));
        }
        for (String tag : build.tags()) {
            names.add(LocalImages.name(file.imageName(tag)));
        }
        Map<String, String> labels = new LinkedHashMap<>(build.labels());
        labels.putAll(options.labels());
        Definition definition = new Definition(
                file.name() + "/" + build.name(),
                options.directory().resolve(options.dockerfile()),
                options.directory(),
                build.arguments(),
                Map.of(),
                options.target(),
                List.of());
        return new DockerRequest(
                definition, List.copyOf(names), labels, List.of(new Output.Named(List.of(), options.pushed())), false);
    }

    /** What came of one build. */
    public record Made(String build, DockerResult result) {}

    /**
     * Does everything.
     *
     * @throws FaultException if a command or a build fails
     */
    public List<Made> make(DockerMakeFile file, Listener listener) throws IOException, InterruptedException {
        List<DockerMakeFile.Build> wanted = wanted(file, options);
        List<Made> made = new ArrayList<>();
        listener.begin(file.name());
        run(file.before(), Map.of(), listener);
        for (DockerMakeFile.Build build : wanted) {
            listener.begin(build.name());
            run(build.before(), build.variables(), listener);
            made.add(new Made(build.name(), builds.build(request(file, build, options), listener)));
            run(build.after(), build.variables(), listener);
        }
        listener.begin(file.name());
        run(file.after(), Map.of(), listener);
        return made;
    }

    /** The commands see the variables of their build as variables of the environment, too. */
    private void run(List<String> commands, Map<String, String> variables, Listener listener)
            throws IOException, InterruptedException {
        for (String command : commands) {
            listener.report(new Progress.Event.Note("Running: " + command));
            int status = work.launcher()
                    .run(
                            List.of("env", "--chdir=" + options.directory().toAbsolutePath(), "sh", "-c", command),
                            variables,
                            line -> listener.report(new Progress.Event.Note(line)));
            if (status != 0) {
                throw FaultException.failed("The command ended with " + status + ": " + command, null);
            }
        }
    }
}
