package io.metalimages.registry.pull;

import io.metalimages.common.FaultException;
import io.metalimages.registry.ImageReference;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.dataformat.toml.TomlMapper;

/**
 * Where registries are to be reached, by the files {@code registries.conf} that the container engines have in common; see
 * containers-registries.conf(5) and containers-registries.conf.d(5). Names without a registry are none of its concern.
 * Immutable.
 */
final class RegistriesConfiguration {

    private static final String VARIABLE = "CONTAINERS_REGISTRIES_CONF";
    private static final Path SYSTEM = Path.of("/etc/containers");
    private static final String FILE = "registries.conf";
    private static final String ANY_HOST = "*.";

    /** By prefix. */
    private final Map<String, Rule> rules;

    /**
     * What is said of the images whose names begin so.
     *
     * @param location takes the prefix's place
     * @param file where it is written
     */
    private record Rule(
            String prefix, String location, boolean insecure, boolean blocked, List<Mirror> mirrors, Path file) {}

    private record Mirror(String location, boolean insecure, boolean forTags, boolean forDigests) {}

    private RegistriesConfiguration(Map<String, Rule> rules) {
        this.rules = rules;
    }

    /**
     * That of this machine and of the user.
     *
     * @throws FaultException if a file can't be understood
     */
    static RegistriesConfiguration of(Map<String, String> environment) throws IOException {
        Optional<Path> user = Optional.ofNullable(environment.get("HOME"))
                .filter(home -> !home.isEmpty())
                .map(home -> Path.of(home, ".config", "containers"));
        List<Path> files = new ArrayList<>();
        files.add(Optional.ofNullable(environment.get(VARIABLE))
                .filter(name -> !name.isEmpty())
                .map(Path::of)
                .or(() -> user.map(directory -> directory.resolve(FILE)).filter(Files::exists))
                .orElse(SYSTEM.resolve(FILE)));
        files.addAll(dropIns(SYSTEM));
        if (user.isPresent()) {
            files.addAll(dropIns(user.get()));
        }
        Map<String, Rule> rules = new LinkedHashMap<>();
        for (Path file : files) {
            read(file, rules);
        }
        return new RegistriesConfiguration(rules);
    }

    private static List<Path> dropIns(Path directory) throws IOException {
        Path dropIns = directory.resolve(FILE + ".d");
        if (!Files.isDirectory(dropIns)) {
            return List.of();
        }
        try (Stream<Path> entries = Files.list(dropIns)) {
            return entries.filter(file -> file.toString().endsWith(".conf"))
                    .sorted()
                    .toList();
        }
    }

    private static void read(Path file, Map<String, Rule> rules) throws IOException {
        JsonNode document;
        try {
            document = new TomlMapper().readTree(Files.readString(file, StandardCharsets.UTF_8));
        } catch (NoSuchFileException absent) {
            return;
        } catch (JacksonException e) {
            throw FaultException.wrongInput(
                    file + ": line " + e.getLocation().getLineNr() + " can't be understood.", "Correct the file.");
        }
        if (document.has("registries")) {
            throw FaultException.wrongInput(
                    file + " has the form of version 1, which is not read any more.",
                    "Write [[registry]] tables, see containers-registries.conf(5).");
        }
        for (JsonNode registry : document.path("registry")) {
            Rule rule = rule(registry, file);
            rules.put(rule.prefix(), rule);
        }
    }

    private static Rule rule(JsonNode registry, Path file) {
        String location = text(registry, "location", file);
        String prefix = text(registry, "prefix", file);
        if (prefix.isEmpty() && location.isEmpty()) {
            throw FaultException.wrongInput(
                    file + ": a [[registry]] has neither a prefix nor a location.", "Correct the file.");
        }
        boolean digestsOnly = flag(registry, "mirror-by-digest-only", file);
        List<Mirror> mirrors = new ArrayList<>();
        for (JsonNode mirror : registry.path("mirror")) {
            String use = text(mirror, "pull-from-mirror", file);
            mirrors.add(new Mirror(
                    text(mirror, "location", file),
                    flag(mirror, "insecure", file),
                    !digestsOnly && !use.equals("digest-only"),
                    !use.equals("tag-only")));
        }
        return new Rule(
                prefix.isEmpty() ? location : prefix,
                location,
                flag(registry, "insecure", file),
                flag(registry, "blocked", file),
                mirrors,
                file);
    }

    private static String text(JsonNode table, String key, Path file) {
        JsonNode value = table.path(key);
        if (value.isMissingNode()) {
            return "";
        }
        if (!value.isString()) {
            throw FaultException.wrongInput(file + ": " + key + " is no string.", "Correct the file.");
        }
        return value.asString().replaceFirst("/+$", "");
    }

    private static boolean flag(JsonNode table, String key, Path file) {
        JsonNode value = table.path(key);
        if (!value.isMissingNode() && !value.isBoolean()) {
            throw FaultException.wrongInput(file + ": " + key + " is neither true nor false.", "Correct the file.");
        }
        return value.asBoolean(false);
    }

    /**
     * Where an image is to be had, the first that is to be asked first: the mirrors of its registry, and the registry.
     *
     * @throws FaultException if it may not be taken
     */
    List<Endpoint> endpoints(ImageReference image) {
        String name = image.registry() + "/" + image.repository();
        Optional<Rule> found = rules.values().stream()
                .filter(rule -> matched(rule.prefix(), name) > 0)
                .max(Comparator.comparingInt(rule -> rule.prefix().length()));
        if (found.isEmpty()) {
            return List.of(new Endpoint(image, false, true, true));
        }
        Rule rule = found.get();
        if (rule.blocked()) {
            throw FaultException.wrongInput(
                    image + " may not be taken: " + rule.file() + " blocks " + rule.prefix() + ".",
                    "Take another image, or change the file.");
        }
        String rest = name.substring(matched(rule.prefix(), name));
        List<Endpoint> endpoints = new ArrayList<>();
        for (Mirror mirror : rule.mirrors()) {
            endpoints.add(new Endpoint(
                    renamed(image, mirror.location() + rest, rule),
                    mirror.insecure(),
                    mirror.forTags(),
                    mirror.forDigests()));
        }
        String own = rule.location().isEmpty() ? name : rule.location() + rest;
        endpoints.add(new Endpoint(renamed(image, own, rule), rule.insecure(), true, true));
        return endpoints;
    }

    /** How many characters at the beginning of a name a prefix stands for; 0 if it is not of that name. */
    private static int matched(String prefix, String name) {
        if (prefix.startsWith(ANY_HOST)) {
            int end = name.indexOf('/');
            String host = name.substring(0, end);
            return host.endsWith(prefix.substring(1)) && host.length() >= prefix.length() ? end : 0;
        }
        return name.equals(prefix) || name.startsWith(prefix + "/") ? prefix.length() : 0;
    }

    private static ImageReference renamed(ImageReference image, String name, Rule rule) {
        int slash = name.indexOf('/');
        if (slash < 0) {
            throw FaultException.wrongInput(
                    rule.file() + ": " + image + " would be called " + name + ", which names no repository.",
                    "Correct the file.");
        }
        return new ImageReference(name.substring(0, slash), name.substring(slash + 1), image.tag(), image.digest());
    }
}
