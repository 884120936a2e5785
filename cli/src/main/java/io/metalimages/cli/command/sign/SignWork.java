package io.metalimages.cli.command.sign;

import io.metalimages.artifact.ArtifactLocation;
import io.metalimages.cli.command.ImageArgument;
import io.metalimages.cli.display.CommandContext;
import io.metalimages.cli.output.Report;
import io.metalimages.common.FaultException;
import io.metalimages.common.linux.PendingDirectory;
import io.metalimages.supplychain.signature.ArtifactFiles;
import io.metalimages.supplychain.signature.SigningKey;
import io.metalimages.supplychain.signature.Verification;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;

/** What {@code metal-images sign} does. */
final class SignWork {

    private static final String VARIABLE = "METAL_IMAGES_SIGNING_KEY";

    private final Optional<Path> key;
    private final CommandContext context;

    /** @param key as the user named it */
    SignWork(Optional<Path> key, CommandContext context) {
        this.key = key;
        this.context = context;
    }

    void sign(List<String> images, Report report) throws IOException, InterruptedException {
        KeyText text = text();
        SigningKey signer = SigningKey.parse(text.text(), text.origin());
        for (String image : new LinkedHashSet<>(images)) {
            if (image.contains("://")) {
                throw FaultException.wrongInput(
                        "\"" + image + "\" is not on this machine.", "Sign images before they are published.");
            }
            ArtifactLocation location = ImageArgument.local(image);
            List<Path> signatures = write(location, Verification.sign(ArtifactFiles.in(location), signer));
            report.add(new SignResult(image, signatures, signer.verification().id()));
        }
    }

    private KeyText text() throws IOException {
        if (key.isPresent()) {
            return KeyText.ofFile(key.get());
        }
        if (context.isSet(VARIABLE)) {
            return KeyText.ofVariable(VARIABLE, context.environment().getOrDefault(VARIABLE, ""));
        }
        throw FaultException.wrongInput(
                "There is no key to sign with.",
                "Name the file with it: --key FILE. Make one: openssl genpkey -algorithm ed25519 -out key.pem");
    }

    private static List<Path> write(ArtifactLocation location, SequencedMap<String, byte[]> signatures)
            throws IOException {
        List<Path> files = new ArrayList<>();
        try (PendingDirectory pending =
                PendingDirectory.open(location.tarball().toAbsolutePath().resolveSibling(""))) {
            for (Map.Entry<String, byte[]> signature : signatures.entrySet()) {
                Path written = Files.write(pending.resolve(signature.getKey()), signature.getValue());
                files.add(Files.move(written, location.sidecar(signature.getKey()), StandardCopyOption.ATOMIC_MOVE));
            }
        }
        return files;
    }
}
