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
     * What there is for a repository; empty if nobody logged in.
     *
     * @param registry as in {@link ImageReference#registry()}
     * @throws FaultException if a file cannot be read or understood, or a helper fails
     */
    public Optional<Credentials> find(String registry, String repository) throws InterruptedException {
        for (Path file : files()) {
            if (Files.isRegularFile(file)) {
                Optional<Credentials> found = find(file, registry, repository);
                if (found.isPresent()) {
                    return found;
                }
            }
        }
        return Optional.empty();
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

    private Optional<Credentials> find(Path file, String registry, String repository) throws InterruptedException {
        JsonDocument configuration = read(file);
        Optional<String> helper = Optional.ofNullable(
                        configuration.textMap("credHelpers").get(registry))
                .or(() -> configuration.optionalText("credsStore").filter(name -> !name.isEmpty()));
        if (helper.isPresent()) {
            Optional<Credentials> helped = askHelper(helper.get(), registry, file);
            if (helped.isPresent()) {
                return helped;
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
        return entry.optionalText("auth").filter(text -> !text.isEmpty()).map(text -> {
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
        });
    }

    private static FaultException unusable(Path file) {
        return FaultException.wrongInput(
                "In the file with credentials, " + file + ", an \"auth\" is not the Base64 of NAME:PASSWORD.",
                "Log in again.");
    }

    private Optional<Credentials> askHelper(String name, String registry, Path file) throws InterruptedException {
        if (!HELPER_NAME.matcher(name).matches()) {
            throw FaultException.wrongInput(
                    file + " names a credential helper \"" + ForeignText.line(name)
                            + "\", which is no name of a program.",
                    null);
        }
        String program = "docker-credential-" + name;
        Help help = run(program, registry.equals("docker.io") ? DOCKER_HUB : registry, file);
        if (help.status() != 0) {
            if (help.output().contains(NOT_FOUND)) {
                return Optional.empty();
            }
            throw FaultException.wrongInput(
                    program + ", which " + file + " leaves the credentials for " + registry + " to, ended with status "
                            + help.status() + ".",
                    "Try it: echo " + registry + " | " + program + " get");
        }
        JsonDocument answer =
                JsonDocument.read(help.output().getBytes(StandardCharsets.UTF_8), "What " + program + " wrote");
        String user = answer.text("Username");
        String secret = answer.text("Secret");
        if (secret.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(
                user.equals(TOKEN_USER)
                        ? new Credentials.RefreshToken(secret)
                        : new Credentials.Password(user, secret));
    }

    private record Help(int status, String output) {}

    private Help run(String program, String question, Path file) throws InterruptedException {
        Path found = Stream.of(environment.getOrDefault("PATH", "").split(":", -1))
                .map(directory -> Path.of(directory, program))
                .filter(Files::isExecutable)
                .findFirst()
                .orElseThrow(() -> FaultException.missing(
                        program + ", which " + file + " leaves credentials to, is not installed.",
                        "Install it, or log in without it."));
        ProcessBuilder builder =
                new ProcessBuilder(found.toString(), "get").redirectError(ProcessBuilder.Redirect.DISCARD);
        builder.environment().clear();
        builder.environment().putAll(environment);
        Process process;
        try {
            process = builder.start();
        } catch (IOException e) {
            throw new FaultException(
                    Category.MISSING_ON_MACHINE,
                    program + ", which " + file + " leaves credentials to, cannot be started.",
                    "Install it, or log in without it.",
                    e);
        }
        try {
            // Reading from a pipe holds on to the thread below a virtual one.
            FutureTask<byte[]> output =
                    new FutureTask<>(() -> process.getInputStream().readNBytes(LARGEST_HELP));
            Thread.ofPlatform().daemon().name("output of a credential helper").start(output);
            try (OutputStream input = process.getOutputStream()) {
                input.write(question.getBytes(StandardCharsets.UTF_8));
            } catch (IOException itDoesNotListen) {
                // Its status and its output say what came of it.
            }
            String said = new String(output.get(), StandardCharsets.UTF_8);
            return new Help(process.waitFor(), said);
        } catch (ExecutionException e) {
            throw FaultException.failed("What " + program + " wrote cannot be read.", e);
        } finally {
            process.destroyForcibly();
        }
    }
}
