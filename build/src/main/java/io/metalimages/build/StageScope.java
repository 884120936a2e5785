package io.metalimages.build;

import io.metalimages.common.FaultException;
import io.metalimages.dockerfile.SourceRange;
import io.metalimages.dockerfile.syntax.Heredoc;
import io.metalimages.dockerfile.syntax.Instruction;
import io.metalimages.dockerfile.words.WordExpander;
import io.metalimages.registry.image.ContainerConfiguration;
import io.metalimages.registry.image.HistoryEntry;
import io.metalimages.registry.image.ImageConfiguration;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * What the words of an instruction mean where it stands: the variables and the working directory of its stage so far.
 *
 * <p>{@code ARG} and {@code ENV} set the same variables, and the later one counts; only those of {@code ENV} are part of
 * the image. A stage begins with the variables of the stage that it starts from, of which the image's take precedence.
 */
final class StageScope {

    private static final String PATH = "PATH";
    private static final String DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
    private static final List<String> DEFAULT_SHELL = List.of("/bin/sh", "-c");

    /** By which images tell that their history is BuildKit's. */
    private static final String HISTORY = "buildkit.dockerfile.v0";

    private static final Pattern NUMBER = Pattern.compile("[0-9]+");

    /** As for the container engines: numbers above are negative to some programs. */
    private static final BigInteger HIGHEST_ID = BigInteger.valueOf(Integer.MAX_VALUE);

    /** See limits.h. */
    private static final int LONGEST_FILE_NAME = 255;

    private static final int LONGEST_PATH = 4095;

    private final Lowering.File file;
    private final Map<String, String> variables;
    private final WordExpander expander;

    private final Set<String> arguments;

    private ImageConfiguration image;

    StageScope(Lowering.File file, Lowering.Image base) {
        this.file = file;
        this.image = base.configuration();
        this.arguments = new LinkedHashSet<>(base.arguments());
        this.variables = new LinkedHashMap<>(base.variables());
        if (!container().environment().containsKey(PATH)) {
            configure(container().edit().setEnvironment(Map.of(PATH, DEFAULT_PATH)));
        }
        if (!container().workingDirectory().isEmpty()) {
            configure(container().edit().workingDirectory(absolute(container().workingDirectory())));
        }
        this.variables.putAll(container().environment());
        this.expander = new WordExpander(file.escape(), name -> Optional.ofNullable(variables.get(name)));
    }

    ImageConfiguration image() {
        return image;
    }

    ContainerConfiguration container() {
        return image.container();
    }

    void configure(ContainerConfiguration.Builder changed) {
        image = image.withContainer(changed.build());
    }

    void author(String name) {
        image = image.withAuthor(name);
    }

    /** Adds to the history what has changed no file. */
    void note(String done) {
        image = image.withHistory(new HistoryEntry(Optional.empty(), done, HISTORY, true));
    }

    /** Adds to the history what has made a layer. */
    void noteLayer(String done) {
        image = image.withHistory(new HistoryEntry(Optional.empty(), done, HISTORY, false));
    }

    Map<String, String> variables() {
        return variables;
    }

    /** The names of the arguments that were declared so far, those of the stages below included. */
    Set<String> arguments() {
        return arguments;
    }

    /** How the history of {@code RUN} shows the arguments: their number and their values. */
    String argumentsBefore() {
        if (arguments.isEmpty()) {
            return "";
        }
        StringBuilder shown = new StringBuilder("|" + arguments.size() + " ");
        for (String name : arguments) {
            shown.append(name)
                    .append('=')
                    .append(variables.getOrDefault(name, ""))
                    .append(' ');
        }
        return shown.toString();
    }

    String workingDirectory() {
        return container().workingDirectory().isEmpty() ? "/" : container().workingDirectory();
    }

    List<String> shellCommand(String script) {
        List<String> command = new ArrayList<>(
                container().shell().isEmpty() ? DEFAULT_SHELL : container().shell());
        command.add(script);
        return command;
    }

    void declare(Instruction.Arg arg, SourceRange range) {
        List<String> declared = new ArrayList<>();
        for (Instruction.Arg.Declaration declaration : arg.declarations()) {
            String name = declaration.name();
            Optional<String> value = file.argument(declaration, range, expander).or(() -> file.globalArgument(name));
            value.ifPresent(given -> variables.put(name, given));
            arguments.add(name);
            declared.add(value.map(given -> name + "=" + given).orElse(name));
        }
        note("ARG " + String.join(" ", declared));
    }

    void setEnvironment(Map<String, String> values) {
        configure(container().edit().setEnvironment(values));
        variables.putAll(values);
    }

    Map<String, String> assignments(List<Instruction.Assignment> assignments, SourceRange range) {
        Map<String, String> values = new LinkedHashMap<>();
        for (Instruction.Assignment assignment : assignments) {
            String name = expand(assignment.name(), range);
            if (name.isEmpty()) {
                throw FaultException.wrongInput(
                        range + ": the name '" + assignment.name() + "' is empty once its variables are replaced.",
                        "Give the variable a value, or write the name out.");
            }
            values.put(name, expand(assignment.value(), range));
        }
        return values;
    }

    String expand(String word, SourceRange range) {
        return withoutNul(expander.expand(word, range).text(), range);
    }

    List<String> expandToWords(String word, SourceRange range) {
        return expander.expand(word, range).words().stream()
                .map(text -> withoutNul(text, range))
                .toList();
    }

    String content(Heredoc heredoc, SourceRange range) {
        return heredoc.expand() ? expander.expandHeredoc(heredoc.body(), range).text() : heredoc.body();
    }

    /** The kernel ends every text at its first NUL character. */
    static String withoutNul(String text, SourceRange range) {
        if (text.indexOf('\0') >= 0) {
            throw FaultException.wrongInput(range + ": there is a NUL character in a word.", "Take it out.");
        }
        return text;
    }

    /** Who {@code USER} or {@code --chown} names, so far as it can be told without the image's list of users. */
    static String owner(String what, String owner, SourceRange range) {
        String[] parts = owner.split(":", -1);
        if (parts.length > 2) {
            throw FaultException.wrongInput(
                    range + ": " + what + " " + owner + " does not name a user.", "Write it as USER or USER:GROUP.");
        }
        for (String part : parts) {
            if (NUMBER.matcher(part).matches() && new BigInteger(part).compareTo(HIGHEST_ID) > 0) {
                throw FaultException.wrongInput(
                        range + ": " + what + " " + owner + ": the highest number of a user or group is " + HIGHEST_ID
                                + ".",
                        "Give a lower number, or a name.");
            }
        }
        return owner;
    }

    /** A path of the image, which has to be one that Linux can have. */
    String absolute(String path, SourceRange range) {
        Path absolute = Path.of(workingDirectory()).resolve(path).normalize();
        for (Path name : absolute) {
            if (bytes(name) > LONGEST_FILE_NAME) {
                throw FaultException.wrongInput(
                        range + ": a file's name has " + bytes(name) + " bytes, but at most " + LONGEST_FILE_NAME
                                + " are possible.",
                        "Shorten it.");
            }
        }
        if (bytes(absolute) > LONGEST_PATH) {
            throw FaultException.wrongInput(
                    range + ": a path has " + bytes(absolute) + " bytes, but at most " + LONGEST_PATH
                            + " are possible.",
                    "Shorten it.");
        }
        return absolute.toString();
    }

    private static String absolute(String path) {
        return path.startsWith("/") ? path : Path.of("/", path).normalize().toString();
    }

    private static int bytes(Path path) {
        return path.toString().getBytes(StandardCharsets.UTF_8).length;
    }

    static FaultException unsupported(SourceRange range, String what, String remedy) {
        return FaultException.wrongInput(range + ": " + what + " is not supported.", remedy);
    }
}
