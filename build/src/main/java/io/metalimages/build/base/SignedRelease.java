package io.metalimages.build.base;

import io.metalimages.common.Digest;
import io.metalimages.common.FaultException;
import io.metalimages.engine.work.ProcessLauncher;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * What a suite's {@code InRelease} says, which was signed by one of the archive's keys. Format: Debian's wiki, Repository
 * format.
 *
 * @param content of the whole file
 * @param suite {@code oldstable-security}; {@code jammy-security} in an archive of Ubuntu
 * @param codename {@code bookworm-security}; {@code jammy} in an archive of Ubuntu
 * @param date when the suite was last changed
 * @param validUntil after which the archive would have signed it anew, if it says so
 * @param standIn what the packages really are, if this is a stand-in for the distribution's archive; see
 *     os/tests/archives
 */
record SignedRelease(
        Digest content,
        String origin,
        String suite,
        String codename,
        Instant date,
        Optional<Instant> validUntil,
        Optional<String> standIn) {

    private static final DateTimeFormatter DATE = DateTimeFormatter.RFC_1123_DATE_TIME;

    /**
     * Reads a file after its signature was checked. One good signature is enough, as for apt: a release may be signed by
     * keys that this machine doesn't know yet. Only what was signed is read.
     *
     * @param address where it is from, for messages
     * @throws FaultException if no key of the keyring signed it, or it is no release
     */
    static SignedRelease verified(
            Path file, String address, Distribution distribution, Path keyring, ProcessLauncher launcher)
            throws IOException, InterruptedException {
        Path signed = file.resolveSibling(file.getFileName() + ".signed");
        List<String> output = new ArrayList<>();
        launcher.run(
                List.of(
                        "gpgv",
                        "--status-fd",
                        "1",
                        "--keyring",
                        keyring.toString(),
                        "--output",
                        signed.toString(),
                        file.toString()),
                Map.of("LC_ALL", "C.UTF-8"),
                output::add);
        boolean good = output.stream().anyMatch(line -> line.startsWith("[GNUPG:] GOODSIG "));
        boolean bad = output.stream().anyMatch(line -> line.startsWith("[GNUPG:] BADSIG "));
        if (!good || bad || !Files.exists(signed)) {
            String reason = output.stream()
                    .filter(line -> line.startsWith("gpgv: "))
                    .map(line -> line.substring("gpgv: ".length()))
                    .reduce((first, last) -> last)
                    .orElse("it carries no signature");
            throw FaultException.remote(
                    "The signature of " + distribution.title() + "'s archive is wrong: " + address + ": " + reason
                            + " (keys in " + keyring + ").",
                    "Do not use this archive before you know why. If its keys are new, update " + keyring + ".");
        }
        return parse(Digest.ofFile(file), Files.readString(signed), address, distribution);
    }

    private static SignedRelease parse(Digest content, String signed, String address, Distribution distribution) {
        Map<String, String> fields = new HashMap<>();
        for (String line : signed.split("\n")) {
            int colon = line.indexOf(':');
            if (colon > 0 && !line.startsWith(" ")) {
                fields.put(
                        line.substring(0, colon).toLowerCase(Locale.ROOT),
                        line.substring(colon + 1).strip());
            }
        }
        return new SignedRelease(
                content,
                fields.getOrDefault("origin", ""),
                fields.getOrDefault("suite", ""),
                fields.getOrDefault("codename", ""),
                date(fields, "date", address, distribution)
                        .orElseThrow(() -> malformed(address, distribution, "it has no date")),
                date(fields, "valid-until", address, distribution),
                Optional.ofNullable(fields.get("stand-in")));
    }

    private static Optional<Instant> date(
            Map<String, String> fields, String name, String address, Distribution distribution) {
        return Optional.ofNullable(fields.get(name)).map(text -> {
            try {
                return Instant.from(DATE.parse(text.replaceFirst("UTC$", "GMT")));
            } catch (DateTimeParseException e) {
                throw malformed(address, distribution, "\"" + text + "\" is no date");
            }
        });
    }

    private static FaultException malformed(String address, Distribution distribution, String reason) {
        return FaultException.remote(
                address + " can't be read: " + reason + ".",
                "Try again later, or name another archive in " + distribution.archiveVariable() + ".");
    }
}
