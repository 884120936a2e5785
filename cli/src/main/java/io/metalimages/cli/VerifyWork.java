package io.metalimages.cli;

import io.metalimages.artifact.ArtifactLocation;
import io.metalimages.common.FaultException;
import io.metalimages.store.StoreException;
import io.metalimages.supplychain.ArtifactFiles;
import io.metalimages.supplychain.Verification;
import io.metalimages.supplychain.VerificationKey;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;

/** What {@code metal-images verify} does. */
final class VerifyWork {

    private static final String VARIABLE = "METAL_IMAGES_VERIFY_KEY";

    private final List<Path> keys;
    private final OutputOptions options;
    private final Surroundings surroundings;

    /** @param keys files, as the user named them */
    VerifyWork(List<Path> keys, OutputOptions options, Surroundings surroundings) {
        this.keys = keys;
        this.options = options;
        this.surroundings = surroundings;
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

    private List<VerificationKey> trusted() throws IOException {
        List<VerificationKey> trusted = new ArrayList<>();
        for (Path file : keys) {
            KeyText key = KeyText.ofFile(file);
            trusted.addAll(VerificationKey.parse(key.text(), key.origin()));
        }
        if (keys.isEmpty() && surroundings.isSet(VARIABLE)) {
            KeyText key =
                    KeyText.ofVariable(VARIABLE, surroundings.environment().getOrDefault(VARIABLE, ""));
            trusted.addAll(VerificationKey.parse(key.text(), key.origin()));
        }
        return trusted;
    }

    private void note(String message) {
        if (!options.quiet()) {
            surroundings.errors().println(message);
        }
    }

    private Verification.Outcome verify(String image, List<VerificationKey> trusted)
            throws IOException, InterruptedException {
        String lower = image.toLowerCase(Locale.ROOT);
        if (lower.startsWith("http://") || lower.startsWith("https://")) {
            try (WebFiles files = new WebFiles(image, this::note)) {
                return Verification.verify(files, trusted);
            }
        }
        if (image.contains("://")) {
            try (StoreFiles files = StoreFiles.of(image)) {
                return Verification.verify(files, trusted);
            } catch (StoreException e) {
                throw FaultException.remote(e.getMessage(), "Look at the address, and at the store.");
            }
        }
        ArtifactLocation location = ImageArgument.local(image);
        return Verification.verify(ArtifactFiles.in(location), trusted);
    }
}
