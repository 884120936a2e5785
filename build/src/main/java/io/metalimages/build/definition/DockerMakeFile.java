package io.metalimages.build.definition;

import io.metalimages.common.FaultException;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.api.lowlevel.Parse;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.ReaderException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.nodes.Tag;

/**
 * A {@code docker-make.yaml} of version 1: several images from one Dockerfile. Format: the documentation of docker-make.
 *
 * @param builds at least one, with all variables replaced
 * @param defaultBuild the name of the build that is meant when none is named: the first unless the file says otherwise
 * @param namesDefault whether the file says so
 * @param before commands for the shell, before the first build
 * @param after commands for the shell, after the last build
 */
public record DockerMakeFile(
        Path file,
        String name,
        Optional<String> username,
        Optional<String> registryHost,
        List<Build> builds,
        String defaultBuild,
        boolean namesDefault,
        List<String> before,
        List<String> after) {

    private static final Set<String> TOP_LEVEL = Set.of(
            "version",
            "name",
            "username",
            "registry-host",
            "builds",
            "default-build-name",
            "default-build-args",
            "default-labels",
            "before",
            "after");

    private static final int DEEPEST = 50;
    private static final int MOST_CHARACTERS = 1 << 20;
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._+-]*");

    private static final Set<String> OF_A_BUILD = Set.of("name", "tags", "labels", "build-args", "before", "after");

    /**
     * One image.
     *
     * @param arguments the default arguments and the build's own, in order
     * @param labels likewise
     * @param before commands for the shell, before the build
     * @param after commands for the shell, after the build
     * @param variables all that its commands may use, by name
     */
    public record Build(
            String name,
            List<String> tags,
            Map<String, String> arguments,
            Map<String, String> labels,
            List<String> before,
            List<String> after,
            Map<String, String> variables) {}

    /** What a file is read for. */
    private enum Purpose {
        /** Definitions: their names become names of directories, and nothing of this machine takes part. */
        DEFINITIONS,
        /** The command, which does all that the file says. */
        COMMAND
    }

    /**
     * Reads a file for the command.
     *
     * @param environment gives the variables that the file may refer to
     * @param arguments that the user adds to the default ones
     * @param notes is told of variables that are not set
     * @throws FaultException if the file is not of that form
     */
    public static DockerMakeFile readForCommand(
            Path file,
            Function<String, Optional<String>> environment,
            Map<String, String> arguments,
            Consumer<String> notes)
            throws IOException {
        return new Reader(file, Purpose.COMMAND, new Variables(environment, Optional.of(notes)), arguments)
                .read(text(file));
    }

    private static String text(Path file) throws IOException {
        try {
            return DefinitionText.read(
                    file, file.toString(), file.toAbsolutePath().resolveSibling(""));
        } catch (NoSuchFileException missing) {
            throw FaultException.wrongInput("There is no file " + file + ".", "Name the one that is meant: -f FILE");
        }
    }

    /** The image's name in registries, with a tag. */
    public String imageName(String tag) {
        return Stream.of(registryHost, username, Optional.of(name))
                        .flatMap(Optional::stream)
                        .filter(part -> !part.isEmpty())
                        .collect(Collectors.joining("/"))
                + ":" + tag;
    }

    /**
     * Reads a file of definitions.
     *
     * @param environment gives the variables that the file may refer to
     * @throws FaultException if the file is not of that form, or refers to a variable that nobody set
     */
    public static DockerMakeFile read(Path file, Function<String, Optional<String>> environment) throws IOException {
        return new Reader(file, Purpose.DEFINITIONS, new Variables(environment), Map.of()).read(text(file));
    }

    /** Reads one file; keeps the place of everything for messages. */
    private static final class Reader {

        private final Path file;
        private final Purpose purpose;
        private final Variables variables;
        private final Map<String, String> furtherArguments;

        Reader(Path file, Purpose purpose, Variables variables, Map<String, String> furtherArguments) {
            this.file = file;
            this.purpose = purpose;
            this.variables = variables;
            this.furtherArguments = furtherArguments;
        }

        DockerMakeFile read(String text) {
            Node root;
            try {
                LoadSettings settings = LoadSettings.builder()
                        .setLabel(file.toString())
                        .setCodePointLimit(MOST_CHARACTERS)
                        .build();
                requireFlat(settings, text);
                root = new Compose(settings)
                        .composeString(text)
                        .orElseThrow(() -> fault(1, "The file is empty.", "Begin with: version: '1'"));
            } catch (MarkedYamlEngineException e) {
                int line = e.getProblemMark().map(mark -> mark.getLine() + 1).orElse(1);
                throw fault(line, "This is not YAML: " + e.getProblem() + ".", "Check the indentation and the quotes.");
            } catch (ReaderException e) {
                throw fault(
                        1,
                        "This is not YAML: it has a character that YAML does not allow.",
                        "Look for control characters.");
            } catch (YamlEngineException e) {
                throw fault(1, "This is not YAML: " + e.getMessage() + ".", "Check that it is the right file.");
            }
            Map<String, Node> top = mapping(root, "the file", TOP_LEVEL);
            String version = text(required(top, root, "version"), "version");
            if (!version.equals("1")) {
                throw fault(
                        line(required(top, root, "version")),
                        "This is version '" + version + "' of the format, but only '1' is known.",
                        "Write version: '1'");
            }
            Map<String, String> arguments = new LinkedHashMap<>();
            Map<String, String> labels = new LinkedHashMap<>();
            assignments(top, "default-build-args", variables, arguments, true);
            furtherArguments.forEach((argument, value) -> {
                arguments.put(argument, value);
                variables.define(argument, value);
            });
            assignments(top, "default-labels", variables, labels, false);
            List<Build> builds = new ArrayList<>();
            for (Node build : sequence(required(top, root, "builds"), "builds")) {
                Build read = build(build, variables, arguments, labels);
                if (builds.stream().anyMatch(earlier -> earlier.name().equals(read.name()))) {
                    throw fault(
                            line(build),
                            "There is more than one build with the name " + read.name() + ".",
                            "Give it another name.");
                }
                builds.add(read);
            }
            if (builds.isEmpty()) {
                throw fault(
                        line(required(top, root, "builds")), "There is no build in builds.", "Add one with a name.");
            }
            Node name = required(top, root, "name");
            Optional<String> defaultBuild = optional(top, "default-build-name", variables);
            if (defaultBuild.isPresent()
                    && builds.stream().noneMatch(build -> build.name().equals(defaultBuild.get()))) {
                throw fault(
                        line(required(top, root, "default-build-name")),
                        "There is no build " + defaultBuild.get() + " to be the default.",
                        "Name one of "
                                + String.join(
                                        ", ", builds.stream().map(Build::name).toList()) + ".");
            }
            return new DockerMakeFile(
                    file,
                    fileName(name, variables),
                    optional(top, "username", variables),
                    optional(top, "registry-host", variables),
                    List.copyOf(builds),
                    defaultBuild.orElse(builds.getFirst().name()),
                    defaultBuild.isPresent(),
                    hooks(top, "before", variables),
                    hooks(top, "after", variables));
        }

        /** Composing goes as deep as the text does. */
        private void requireFlat(LoadSettings settings, String text) {
            int depth = 0;
            for (Event event : new Parse(settings).parseString(text)) {
                depth += switch (event.getEventId()) {
                    case SequenceStart, MappingStart -> 1;
                    case SequenceEnd, MappingEnd -> -1;
                    case StreamStart, StreamEnd, DocumentStart, DocumentEnd, Alias, Scalar, Comment -> 0;
                };
                if (depth > DEEPEST) {
                    throw fault(
                            event.getStartMark().map(mark -> mark.getLine() + 1).orElse(1),
                            "This is nested too deeply.",
                            "Check that it is the right file.");
                }
            }
        }

        private Build build(
                Node node, Variables shared, Map<String, String> defaultArguments, Map<String, String> defaultLabels) {
            Map<String, Node> build = mapping(node, "a build", OF_A_BUILD);
            Variables variables = shared.copy();
            Map<String, String> arguments = new LinkedHashMap<>(defaultArguments);
            Map<String, String> labels = new LinkedHashMap<>(defaultLabels);
            assignments(build, "build-args", variables, arguments, true);
            assignments(build, "labels", variables, labels, false);
            Node name = required(build, node, "name");
            List<String> tags = new ArrayList<>();
            if (build.containsKey("tags")) {
                for (Node tag : sequence(required(build, node, "tags"), "tags")) {
                    tags.add(variables.replace(text(tag, "a tag"), place(tag)));
                }
            }
            return new Build(
                    fileName(name, variables),
                    tags,
                    arguments,
                    labels,
                    hooks(build, "before", variables),
                    hooks(build, "after", variables),
                    variables.defined());
        }

        /** Names of images become names of directories. */
        private String fileName(Node node, Variables variables) {
            String name = variables.replace(text(node, "name"), place(node));
            if (purpose == Purpose.DEFINITIONS && !NAME.matcher(name).matches()) {
                throw fault(
                        line(node),
                        "'" + name + "' can't be the name of an image.",
                        "Use letters, digits, dots, hyphens and underscores, and begin with a letter or a digit.");
            }
            return name;
        }

        /** A command or several. Of a definition there may be none: an image must not depend on what they leave behind. */
        private List<String> hooks(Map<String, Node> mapping, String hook, Variables variables) {
            Node node = mapping.get(hook);
            if (node == null || node.getTag().equals(Tag.NULL)) {
                return List.of();
            }
            if (purpose == Purpose.DEFINITIONS) {
                throw fault(
                        line(node),
                        "The hook " + hook + " runs a command on this machine, which a build here does not do.",
                        "Do it in a RUN of the Dockerfile, or build with: metal-images docker-make");
            }
            List<Node> commands = node instanceof SequenceNode sequence ? sequence.getValue() : List.of(node);
            return commands.stream()
                    .map(command -> variables.replaceSet(text(command, hook), place(command)))
                    .toList();
        }

        private void assignments(
                Map<String, Node> mapping, String key, Variables variables, Map<String, String> into, boolean define) {
            Node node = mapping.get(key);
            if (node == null) {
                return;
            }
            for (Node entry : sequence(node, key)) {
                String assignment = text(entry, "an entry of " + key);
                int equals = assignment.indexOf('=');
                if (equals < 1) {
                    throw fault(line(entry), "'" + assignment + "' is not NAME=VALUE.", "Write it as NAME=VALUE.");
                }
                String name = assignment.substring(0, equals);
                String value = variables.replace(assignment.substring(equals + 1), place(entry));
                into.put(name, value);
                if (define) {
                    variables.define(name, value);
                }
            }
        }

        private Optional<String> optional(Map<String, Node> mapping, String key, Variables variables) {
            return Optional.ofNullable(mapping.get(key)).map(node -> variables.replace(text(node, key), place(node)));
        }

        private Node required(Map<String, Node> mapping, Node owner, String key) {
            Node node = mapping.get(key);
            if (node == null) {
                throw fault(line(owner), "The key " + key + " is missing.", "Add it: it is needed.");
            }
            return node;
        }

        private Map<String, Node> mapping(Node node, String what, Set<String> known) {
            if (!(node instanceof MappingNode mapping)) {
                throw wrongType(node, what, "a mapping of keys to values");
            }
            Map<String, Node> values = new LinkedHashMap<>();
            for (NodeTuple tuple : mapping.getValue()) {
                String key = text(tuple.getKeyNode(), "a key");
                if (!known.contains(key)) {
                    throw fault(
                            line(tuple.getKeyNode()),
                            "The key " + key + " is not known in " + what + ".",
                            "Known are "
                                    + String.join(", ", known.stream().sorted().toList()) + ".");
                }
                if (values.put(key, tuple.getValueNode()) != null) {
                    throw fault(
                            line(tuple.getKeyNode()),
                            "The key " + key + " stands in " + what + " twice.",
                            "Take one of them out.");
                }
            }
            return values;
        }

        private List<Node> sequence(Node node, String what) {
            if (node instanceof SequenceNode sequence) {
                return sequence.getValue();
            }
            throw wrongType(node, what, "a list");
        }

        private String text(Node node, String what) {
            if (!(node instanceof ScalarNode scalar) || scalar.getTag().equals(Tag.NULL)) {
                throw wrongType(node, what, "a text");
            }
            if (purpose == Purpose.DEFINITIONS
                    && !scalar.getTag().equals(Tag.STR)
                    && !scalar.getTag().equals(Tag.ENV_TAG)) {
                throw fault(
                        line(node),
                        "The value of " + what + " is a " + kind(scalar) + ", but must be a text.",
                        "Put it in quotes: '" + scalar.getValue() + "'");
            }
            if (scalar.getValue().indexOf('\0') >= 0) {
                throw fault(line(node), "The value of " + what + " has a NUL character.", "Take it out.");
            }
            return scalar.getValue();
        }

        private static String kind(ScalarNode scalar) {
            return scalar.getTag().equals(Tag.BOOL) ? "truth value" : "number";
        }

        private FaultException wrongType(Node node, String what, String wanted) {
            String found = switch (node) {
                case MappingNode mapping -> "a mapping";
                case SequenceNode sequence -> "a list";
                default -> "a single value";
            };
            return fault(
                    line(node),
                    "The value of " + what + " is " + found + ", but must be " + wanted + ".",
                    "Change it.");
        }

        private static int line(Node node) {
            return node.getStartMark().map(mark -> mark.getLine() + 1).orElse(1);
        }

        private String place(Node node) {
            return file + ":" + line(node);
        }

        private FaultException fault(int line, String message, String remedy) {
            return FaultException.wrongInput(file + ":" + line + ": " + message, remedy);
        }
    }
}
