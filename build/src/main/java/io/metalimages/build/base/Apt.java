package io.metalimages.build.base;

import io.metalimages.common.FaultException;
import io.metalimages.engine.work.ProcessLauncher;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** This machine's apt: which package archives it is configured for, and its way to fetch from them. */
final class Apt {

    private static final String HELPER = "/usr/lib/apt/apt-helper";

    private static final Pattern PACKAGES =
            Pattern.compile("'([^']+)/dists/([^']+)/main/binary-[^/']+/Packages[^/']*' .*");

    /** A list of mirrors in place of an archive; see apt-transport-mirror(1). */
    private static final Pattern MIRROR_LIST = Pattern.compile("mirror(?:\\+([a-z]+))?:(.+)");

    private static final Pattern PRIORITY = Pattern.compile("\\spriority:([0-9]{1,9})(?:\\s|$)");

    private final Distribution distribution;
    private final Map<String, String> environment;
    private final Path directory;
    private final ProcessLauncher launcher;
    private int fetched;

    /**
     * @param distribution whose archive is asked for, for messages
     * @param directory takes what is fetched
     */
    Apt(Distribution distribution, AptConfiguration configuration, Path directory, ProcessLauncher launcher) {
        this.distribution = distribution;
        this.environment = configuration.environment();
        this.directory = directory;
        this.launcher = launcher;
    }

    /**
     * A suite of packages in the component {@code main}.
     *
     * @param uri of the archive, as apt writes it, without a slash at its end
     */
    record Source(String uri, String suite) {}

    /**
     * What the sources name, whether or not it was ever fetched. apt reads them itself, in both of their formats:
     * {@code --print-uris} names what an update would fetch, and needs neither lists, nor the network, nor root. The
     * command {@code indextargets} would name only what was fetched.
     *
     * @throws FaultException if there is no apt, or it can't read its sources
     */
    List<Source> sources() throws IOException, InterruptedException {
        List<String> output = new ArrayList<>();
        int status;
        try {
            status = launcher.run(
                    List.of("apt-get", "--print-uris", "-o", "Acquire::By-Hash=no", "update"),
                    environment,
                    output::add);
        } catch (IOException e) {
            throw new FaultException(
                    FaultException.Category.MISSING_ON_MACHINE,
                    "This machine has no apt that knows where " + distribution.title() + "'s archive is: "
                            + e.getMessage() + ".",
                    "Name the archive in " + distribution.archiveVariable() + ".",
                    e);
        }
        List<Source> sources = new ArrayList<>();
        for (String line : output) {
            Matcher packages = PACKAGES.matcher(line);
            if (packages.matches()) {
                sources.add(new Source(packages.group(1), packages.group(2)));
            }
        }
        if (sources.isEmpty() && status != 0) {
            throw FaultException.missing(
                    "apt can't read its sources: " + reason(output),
                    "Run apt-get update to see why, or name an archive in " + distribution.archiveVariable() + ".");
        }
        List<Source> resolved = new ArrayList<>();
        for (Source source : sources.stream().distinct().toList()) {
            resolved.add(new Source(mirror(source.uri()), source.suite()));
        }
        return resolved;
    }

    /** The address itself, or the first mirror in the list that it leads to: an image can't take that list along. */
    private String mirror(String uri) throws IOException, InterruptedException {
        Matcher list = MIRROR_LIST.matcher(uri);
        if (!list.matches()) {
            return uri;
        }
        String scheme = Optional.ofNullable(list.group(1)).orElse("http");
        ArchiveAddress.requireNoUser("apt's sources", scheme + ":" + list.group(2), FaultException::missing);
        Path file = scheme.equals("file")
                ? Path.of(list.group(2).replaceFirst("^//", ""))
                : fetch(scheme + ":" + list.group(2));
        if (!Files.isRegularFile(file)) {
            throw FaultException.missing(
                    "apt's sources name the list of mirrors " + file + ", which does not exist.",
                    "Correct it, or name an archive in " + distribution.archiveVariable() + ".");
        }
        return Files.readAllLines(file).stream()
                .map(String::strip)
                .filter(line -> !line.isEmpty() && !line.startsWith("#"))
                .min(Comparator.comparingInt(Apt::priority))
                .map(line -> line.split("\\s+", 2)[0].replaceFirst("/+$", ""))
                .orElseThrow(() -> FaultException.missing(
                        "apt's sources name the list of mirrors " + uri + ", which is empty.", "Add a mirror to it."));
    }

    private static int priority(String line) {
        Matcher priority = PRIORITY.matcher(line);
        return priority.find() ? Integer.parseInt(priority.group(1)) : Integer.MAX_VALUE;
    }

    /**
     * Fetches a file by apt's transports, through its proxies and with its credentials.
     *
     * @throws FaultException if that fails
     */
    Path fetch(String uri) throws IOException, InterruptedException {
        fetched++;
        Path file = directory.resolve("fetched-" + fetched);
        List<String> output = new ArrayList<>();
        int status;
        try {
            status = launcher.run(
                    List.of(HELPER, "-o", "Acquire::Retries=3", "download-file", uri, file.toString()),
                    environment,
                    output::add);
        } catch (IOException e) {
            throw FaultException.missing(
                    "apt's helper, which fetches from archives, could not be started: " + e.getMessage() + ".",
                    "Install it: apt-get install apt");
        }
        if (status != 0 || !Files.exists(file)) {
            String reason = reason(output);
            throw FaultException.remote(
                    (reason.contains("404") || reason.contains("File not found")
                                    ? distribution.title() + "'s archive lacks a file: "
                                    : distribution.title() + "'s archive can't be reached: ")
                            + ArchiveAddress.withoutUser(uri + ": " + reason),
                    "Check the network and apt's sources, or name another archive in " + distribution.archiveVariable()
                            + ".");
        }
        return file;
    }

    /** Below {@code Err:} apt says why; its last words only say that it failed. */
    private static String reason(List<String> output) {
        return output.stream()
                .filter(line -> line.startsWith("  "))
                .reduce((first, last) -> last)
                .or(() -> output.stream().filter(line -> line.startsWith("E: ")).findFirst())
                .map(line -> line.replaceFirst("^E: ", "").strip().replaceAll("\\s+", " "))
                .orElse("no reason given");
    }
}
