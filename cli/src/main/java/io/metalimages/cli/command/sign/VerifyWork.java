package io.metalimages.cli.command.sign;

import io.metalimages.artifact.ArtifactLocation;
import io.metalimages.cli.command.ImageArgument;
import io.metalimages.cli.display.CommandContext;
import io.metalimages.cli.display.DisplayText;
import io.metalimages.cli.display.OutputOptions;
import io.metalimages.cli.output.Report;
import io.metalimages.common.FaultException;
import io.metalimages.store.object.StoreException;
import io.metalimages.supplychain.signature.ArtifactFiles;
import io.metalimages.supplychain.signature.Verification;
import io.metalimages.supplychain.signature.VerificationKey;
import java.io.IOException;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.LocalDate;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** What {@code metal-images verify} does. */
final class VerifyWork {

    private static final String VARIABLE = "METAL_IMAGES_VERIFY_KEY";

    private final List<Path> keys;
    private final Optional<String> name;
    private final Optional<LocalDate> notBefore;
    private final boolean tested;
    private final OutputOptions options;
    private final CommandContext context;

    /**
     * @param keys files, as the user named them
     * @param name of the image that it has to be
     * @param notBefore a day
     * @param tested whether it has to have passed its full test
     */
    VerifyWork(
            List<Path> keys,
            Optional<String> name,
            Optional<String> notBefore,
            boolean tested,
            OutputOptions options,
            CommandContext context) {
        this.keys = keys;
        this.name = name;
        this.notBefore = notBefore.map(VerifyWork::day);
        this.tested = tested;
        this.options = options;
        this.context = context;
    }

    void verify(List<String> images, Report report) throws IOException, InterruptedException {
        List<VerificationKey> trusted = trusted();
        List<String> failed = new ArrayList<>();
        for (String image : new LinkedHashSet<>(images)) {
            Verification.Outcome outcome = verify(image, trusted);
            report.add(new VerifyResult(image, outcome));
            if (!outcome.findings().isEmpty()) {
                failed.add(image + " (" + outcome.findings().getFirst().file() + ")");
            }
        }
        if (!failed.isEmpty()) {
            throw new FaultException(
                    FaultException.Category.FAILED_WORK,
                    "This is not what was built, or not by whom it should be: "
                            + DisplayText.line(String.join(", ", failed)) + ".",
                    "Do not use it. Build it again, or fetch it again from where it was built.",
                    null);
        }
    }

    private static LocalDate day(String text) {
        try {
            return text.matches("[0-9]{8}")
                    ? LocalDate.parse(text, DateTimeFormatter.BASIC_ISO_DATE)
                    : LocalDate.parse(text);
        } catch (DateTimeException e) {
            throw FaultException.wrongInput(
                    "\"" + DisplayText.line(text) + "\" is not a day.", "Write it as 2026-01-31.");
        }
    }

    private List<VerificationKey> trusted() throws IOException {
        List<VerificationKey> trusted = new ArrayList<>();
        for (Path file : keys) {
            KeyText key = KeyText.ofFile(file);
            trusted.addAll(VerificationKey.parse(key.text(), key.origin()));
        }
        Optional<String> variable = Optional.ofNullable(context.environment().get(VARIABLE));
        if (keys.isEmpty() && variable.filter(String::isBlank).isPresent()) {
            throw FaultException.wrongInput(
                    VARIABLE + " is set, but empty: no signature would be verified.",
                    "Put public keys in PEM form in it, or unset it to verify the files alone.");
        }
        if (keys.isEmpty() && variable.isPresent()) {
            KeyText key = KeyText.ofVariable(VARIABLE, variable.get());
            trusted.addAll(VerificationKey.parse(key.text(), key.origin()));
        }
        return trusted;
    }

    private void note(String message) {
        if (!options.quiet()) {
            context.errors().println(message);
        }
    }

    private Verification.Outcome verify(String image, List<VerificationKey> trusted)
            throws IOException, InterruptedException {
        String lower = image.toLowerCase(Locale.ROOT);
        if (lower.startsWith("http://") || lower.startsWith("https://")) {
            try (WebFiles files = new WebFiles(image, this::note)) {
                return Verification.verify(files, trusted, expectation(published(image)));
            }
        }
        if (image.contains("://")) {
            try (StoreFiles files = StoreFiles.of(image)) {
                return Verification.verify(files, trusted, expectation(published(image)));
            } catch (StoreException e) {
                throw FaultException.remote(e.getMessage(), "Look at the address, and at the store.");
            }
        }
        ArtifactLocation location = ImageArgument.local(image);
        return Verification.verify(ArtifactFiles.in(location), trusted, expectation(ImageArgument.nameOf(location)));
    }

    private Verification.Expectation expectation(Optional<String> place) {
        return new Verification.Expectation(name.or(() -> place), notBefore, tested);
    }

    private static Optional<String> published(String url) {
        return PublishedPlace.find(url.replaceFirst("#.*$", ""))
                .map(place -> place.name().toString());
    }
}
