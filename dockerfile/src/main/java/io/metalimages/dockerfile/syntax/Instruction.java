package io.metalimages.dockerfile.syntax;

import io.metalimages.dockerfile.words.Expansion;
import io.metalimages.dockerfile.words.WordExpander;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * An instruction of a Dockerfile. Words are as the file has them, quotes and variables included, and are to be given to a
 * {@link WordExpander} unless the component says that it is literal.
 */
public sealed interface Instruction {

    /** Where the instruction stands. */
    Source source();

    /**
     * Opens a stage.
     *
     * @param image the image or stage to start from, a word that may use global arguments only
     * @param platform {@code --platform}, a word that may use global arguments only
     * @param name the stage's name, literal, in lower case
     */
    record From(Source source, String image, Optional<String> platform, Optional<String> name) implements Instruction {}

    /** Declares build arguments; each is visible to the default values after it. */
    record Arg(Source source, List<Declaration> declarations) implements Instruction {

        public Arg {
            declarations = List.copyOf(declarations);
        }

        /**
         * One argument.
         *
         * @param name its name, literal
         * @param defaultValue the word that gives its value when the build is not told one
         */
        public record Declaration(String name, Optional<String> defaultValue) {}
    }

    /** Sets environment variables; none of them is visible to the values of the same instruction. */
    record Env(Source source, List<Assignment> assignments) implements Instruction {

        public Env {
            assignments = List.copyOf(assignments);
        }
    }

    /** Sets labels of the image. */
    record Label(Source source, List<Assignment> assignments) implements Instruction {

        public Label {
            assignments = List.copyOf(assignments);
        }
    }

    /**
     * A name and a value, both words.
     *
     * @param name never empty
     */
    record Assignment(String name, String value) {}

    /** Names the author; superseded by a label. */
    record Maintainer(Source source, String author) implements Instruction {}

    /**
     * Runs a command.
     *
     * @param mounts the values of {@code --mount}, for {@code MountParser.parse}
     */
    record Run(
            Source source,
            Command command,
            List<String> mounts,
            Network network,
            Security security,
            List<Device> devices)
            implements Instruction {

        public Run {
            mounts = List.copyOf(mounts);
            devices = List.copyOf(devices);
        }

        /** {@code --network}: which network the command sees. */
        public enum Network {
            DEFAULT,
            NONE,
            HOST
        }

        /** {@code --security}: whether the command is confined. */
        public enum Security {
            SANDBOX,
            INSECURE
        }

        /**
         * {@code --device}: a device of the builder.
         *
         * @param name its name in the Container Device Interface, literal
         * @param required whether the build fails if there is none
         */
        public record Device(String name, boolean required) {}
    }

    /**
     * Copies files.
     *
     * @param from the stage, image or context to copy from instead of the build context, literal
     * @param parents whether the sources keep their directories
     */
    record Copy(Source source, Transfer transfer, Optional<String> from, boolean parents) implements Instruction {}

    /**
     * Copies files, fetches addresses and repositories, unpacks archives.
     *
     * @param checksum what the source must hash to, a word
     * @param keepGitDirectory whether {@code .git} of a repository is kept, if said
     * @param unpack whether archives are unpacked, if said; otherwise local ones are and fetched ones are not
     */
    record Add(
            Source source,
            Transfer transfer,
            Optional<String> checksum,
            Optional<Boolean> keepGitDirectory,
            Optional<Boolean> unpack)
            implements Instruction {}

    /** Sets the working directory, relative to the one before. */
    record Workdir(Source source, String path) implements Instruction {}

    /** Sets the user, {@code user[:group]}. */
    record User(Source source, String user) implements Instruction {}

    /**
     * Sets the shell of the shell form.
     *
     * @param arguments the shell and its options, literal, at least one
     */
    record Shell(Source source, List<String> arguments) implements Instruction {

        public Shell {
            arguments = List.copyOf(arguments);
        }
    }

    /** Sets what a container runs. */
    record Cmd(Source source, Command command) implements Instruction {}

    /** Sets the program that a container runs. */
    record Entrypoint(Source source, Command command) implements Instruction {}

    /**
     * Names ports.
     *
     * @param ports words of which each may expand to several ports, see {@link Expansion#words()}
     */
    record Expose(Source source, List<String> ports) implements Instruction {

        public Expose {
            ports = List.copyOf(ports);
        }
    }

    /** Names mount points. */
    record Volume(Source source, List<String> paths) implements Instruction {

        public Volume {
            paths = List.copyOf(paths);
        }
    }

    /** Sets the signal that stops a container, by name or number. */
    record StopSignal(Source source, String signal) implements Instruction {}

    /**
     * Says how to tell whether a container is well. Times are at least a millisecond; zero and absent mean the engine's
     * default.
     *
     * @param test what to run; absent for {@code NONE}, which disables the check of the base image
     * @param retries how many failures in a row make a container unhealthy; zero and absent mean the engine's default
     */
    record HealthCheck(
            Source source,
            Optional<Command> test,
            Optional<Duration> interval,
            Optional<Duration> timeout,
            Optional<Duration> startPeriod,
            Optional<Duration> startInterval,
            OptionalInt retries)
            implements Instruction {}

    /**
     * Leaves an instruction to the builds that start from this image.
     *
     * @param trigger never {@code FROM}, {@code MAINTAINER} or {@code ONBUILD}; its source text is what an image's
     *     configuration records and {@link DockerfileParser#parseTrigger} reads back
     */
    record OnBuild(Source source, Instruction trigger) implements Instruction {}
}
