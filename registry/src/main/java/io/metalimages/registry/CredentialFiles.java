package io.metalimages.registry;

import io.metalimages.common.FaultException;
import io.metalimages.common.FaultException.Category;
import io.metalimages.common.ForeignText;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The credentials that {@code docker login}, {@code podman login} and {@code skopeo login} left: the files that
 * {@code REGISTRY_AUTH_FILE} and {@code DOCKER_CONFIG} name, and {@code ~/.docker/config.json}, in this order. See
 * containers-auth.json(5), and the documentation of Docker's config.json. What a file leaves to a credential helper is asked
 * for by starting that program; names and passwords go through its standard input and output, never through arguments.
 * Thread-safe.
 */
public final class CredentialFiles {

    private static final Pattern HELPER_NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]*");

    /** What Docker calls its own registry in these files. */
    private static final String DOCKER_HUB = "https://index.docker.io/v1/";

    /** Where a JSON object begins. */
    private static final Pattern ANSWER = Pattern.compile("^[ \t]*\\{", Pattern.MULTILINE);

    private static final int LARGEST_FILE = 4 << 20;
    private static final int LARGEST_HELP = 1 << 20;

    /** What a helper answers that has nothing, by the protocol of docker-credential-helpers. */
    private static final String NOT_FOUND = "credentials not found";

    /** The name that a helper gives when what it has is a refresh token. */
    private static final String TOKEN_USER = "<token>";

    private final Map<String, String> environment;

    /**
     * The files that an environment names.
     *
     * @param environment this process's own; helpers are given it, too
     */
    public CredentialFiles(Map<String, String> environment) {
        this.environment = Map.copyOf(environment);
    }

    /**
     * What was found for a repository.
     *
     * @param credentials empty if nobody logged in
     * @param faults a sentence about each helper before them that could not be asked, or did not answer
     */
    record Search(Optional<Credentials> credentials, List<String> faults) {}

    /**
     * What there is for a repository; empty if nobody logged in. A helper that fails is passed over.
     *
     * @param registry as in {@link ImageReference#registry()}
     * @throws FaultException if a file cannot be read or understood
     */
    public Optional<Credentials> find(String registry, String repository) throws InterruptedException {
        return search(registry, repository).credentials();
    }

    Search search(String registry, String repository) throws InterruptedException {
        List<String> faults = new ArrayList<>();
        for (Path file : files()) {
            if (Files.isRegularFile(file)) {
                Optional<Credentials> found = find(file, registry, repository, faults);
                if (found.isPresent()) {
                    return new Search(found, faults);
                }
            }
        }
        return new Search(Optional.empty(), faults);
    }

    private List<Path> files() {
        List<Path> files = new ArrayList<>();
        named("REGISTRY_AUTH_FILE").map(Path::of).ifPresent(files::add);
        named("DOCKER_CONFIG")
                .map(Path::of)
                .or(() -> named("HOME").map(home -> Path.of(home, ".docker")))
                .ifPresent(directory -> files.add(directory.resolve("config.json")));
        return files;
    }

    private Optional<String> named(String variable) {
        return Optional.ofNullable(environment.get(variable)).filter(value -> !value.isEmpty());
    }

    private Optional<Credentials> find(Path file, String registry, String repository, List<String> faults)
            throws InterruptedException {
        JsonDocument configuration = read(file);
        Optional<String> helper = Optional.ofNullable(
                        configuration.textMap("credHelpers").get(registry))
                .or(() -> configuration.optionalText("credsStore").filter(name -> !name.isEmpty()));
        if (helper.isPresent()) {
            try {
                Optional<Credentials> helped = askHelper(helper.get(), registry, file);
                if (helped.isPresent()) {
                    return helped;
                }
            } catch (HelperException e) {
                faults.add(e.getMessage());
            }
        }
        return configuration.object("auths").flatMap(entries -> fromEntries(entries, registry, repository, file));
    }

    private static JsonDocument read(Path file) {
        try (InputStream input = Files.newInputStream(file)) {
            byte[] content = input.readNBytes(LARGEST_FILE + 1);
            if (content.length > LARGEST_FILE) {
                throw FaultException.wrongInput("The file with credentials, " + file + ", is too large.", null);
            }
            return JsonDocument.read(content, "The file with credentials, " + file + ",");
        } catch (IOException e) {
            throw new FaultException(
                    Category.WRONG_INPUT,
                    "The file with credentials, " + file + ", cannot be read.",
                    "Look at its owner and its mode.",
                    e);
        } catch (FaultException e) {
            throw new FaultException(Category.WRONG_INPUT, String.valueOf(e.getMessage()), "Log in again.", e);
        }
    }

    /** The entry that names most of the repository; see containers-auth.json(5). */
    private static Optional<Credentials> fromEntries(
            JsonDocument entries, String registry, String repository, Path file) {
        String wanted = registry + "/" + repository;
        Optional<String> best = Optional.empty();
        for (String name : entries.members().keySet()) {
            String plain = plain(name);
            boolean fits = wanted.equals(plain) || wanted.startsWith(plain + "/");
            if (fits
                    && best.filter(other -> plain(other).length() >= plain.length())
                            .isEmpty()) {
                best = Optional.of(name);
            }
        }
        return best.flatMap(entries::object).flatMap(entry -> fromEntry(entry, file));
    }

    /** {@code https://quay.io/v1/} and {@code quay.io} are the same. */
    private static String plain(String name) {
        return name.equals(DOCKER_HUB)
                ? "docker.io"
                : name.replaceFirst("^https?://", "").replaceFirst("/+(v[12]/*)?$", "");
    }

    private static Optional<Credentials> fromEntry(JsonDocument entry, Path file) {
        Optional<String> token = entry.optionalText("identitytoken").filter(text -> !text.isEmpty());
        if (token.isPresent()) {
            return token.map(Credentials.RefreshToken::new);
        }
        Optional<String> user = entry.optionalText("username").filter(text -> !text.isEmpty());
        Optional<String> password = entry.optionalText("password").filter(text -> !text.isEmpty());
        return entry.optionalText("auth")
                .filter(text -> !text.isEmpty())
                .map(text -> fromAuth(text, file))
                .or(() -> user.flatMap(name -> password.map(secret -> new Credentials.Password(name, secret))));
    }

    private static Credentials fromAuth(String text, Path file) {
        String decoded;
        try {
            decoded = new String(Base64.getDecoder().decode(text.strip()), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException notBase64) {
            throw unusable(file);
        }
        int colon = decoded.indexOf(':');
        if (colon < 0) {
            throw unusable(file);
        }
        // docker login ends the password with a zero byte for some registries
        return new Credentials.Password(
                decoded.substring(0, colon), decoded.substring(colon + 1).replaceFirst("\0+$", ""));
    }

    private static FaultException unusable(Path file) {
        return FaultException.wrongInput(
                "In the file with credentials, " + file + ", an \"auth\" is not the Base64 of NAME:PASSWORD.",
                "Log in again.");
    }

    /** A credential helper gave no answer. The message is a sentence that says why, without secrets. */
    private static final class HelperException extends Exception {

        private static final long serialVersionUID = 1L;

        HelperException(String message) {
            super(message);
        }

        @Override
        public String getMessage() {
            return String.valueOf(super.getMessage());
        }
    }

    private Optional<Credentials> askHelper(String name, String registry, Path file)
            throws InterruptedException, HelperException {
        if (!HELPER_NAME.matcher(name).matches()) {
            throw new HelperException(file + " names a credential helper \"" + ForeignText.line(name)
                    + "\", which is no name of a program.");
        }
        String program = "docker-credential-" + name;
        String task = program + ", which " + file + " leaves the credentials for " + registry + " to, ";
        Help help = run(program, registry.equals("docker.io") ? DOCKER_HUB : registry, task);
        if (help.status() != 0) {
            if (help.output().contains(NOT_FOUND)) {
                return Optional.empty();
            }
            // Helpers tell their errors on standard output, others' on standard error.
            String said = Stream.of(help.output(), help.errors())
                    .filter(text -> !text.isBlank())
                    .map(ForeignText::line)
                    .findFirst()
                    .map(text -> ": " + text)
                    .orElse(".");
            throw new HelperException(task + "ended with status " + help.status() + said);
        }
        JsonDocument answer;
        String user;
        String secret;
        try {
            answer = JsonDocument.read(
                    withoutChatter(help.output()).getBytes(StandardCharsets.UTF_8), "What " + program + " wrote");
            user = answer.text("Username");
            secret = answer.text("Secret");
        } catch (FaultException e) {
            throw new HelperException(task + "gave no credentials: " + e.getMessage());
        }
        if (secret.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(
                user.equals(TOKEN_USER)
                        ? new Credentials.RefreshToken(secret)
                        : new Credentials.Password(user, secret));
    }

    /** The answer begins with the first line that begins with a brace: wrappers write warnings before it. */
    private static String withoutChatter(String output) {
        Matcher answer = ANSWER.matcher(output);
        return answer.find() ? output.substring(answer.start()) : output;
    }

    private record Help(int status, String output, String errors) {}

    private Help run(String program, String question, String task) throws InterruptedException, HelperException {
        Path found = Stream.of(environment.getOrDefault("PATH", "").split(":", -1))
                .map(directory -> Path.of(directory, program))
                .filter(Files::isExecutable)
                .findFirst()
                .orElseThrow(() -> new HelperException(task + "is not installed."));
        ProcessBuilder builder = new ProcessBuilder(found.toString(), "get");
        builder.environment().clear();
        builder.environment().putAll(environment);
        Process process;
        try {
            process = builder.start();
        } catch (IOException e) {
            throw new HelperException(task + "cannot be started: " + ForeignText.line(String.valueOf(e.getMessage())));
        }
        try {
            FutureTask<String> output = reading(process.getInputStream());
            FutureTask<String> errors = reading(process.getErrorStream());
            try (OutputStream input = process.getOutputStream()) {
                input.write(question.getBytes(StandardCharsets.UTF_8));
            } catch (IOException itDoesNotListen) {
                // Its status and its output say what came of it.
            }
            String said = output.get();
            String complained = errors.get();
            return new Help(process.waitFor(), said, complained);
        } catch (ExecutionException e) {
            throw new HelperException(task + "wrote what cannot be read.");
        } finally {
            process.destroyForcibly();
        }
    }

    /** Reading from a pipe holds on to the thread below a virtual one. */
    private static FutureTask<String> reading(InputStream stream) {
        FutureTask<String> text =
                new FutureTask<>(() -> new String(stream.readNBytes(LARGEST_HELP), StandardCharsets.UTF_8));
        Thread.ofPlatform().daemon().name("output of a credential helper").start(text);
        return text;
    }
}
