package io.metalimages.store.channel;

import io.metalimages.artifact.ArtifactLocation;
import io.metalimages.artifact.CheckProgress;
import io.metalimages.artifact.Finding;
import io.metalimages.artifact.check.ArtifactCheck;
import io.metalimages.common.Digest;
import io.metalimages.common.FaultException;
import io.metalimages.store.object.Fingerprint;
import io.metalimages.supplychain.signature.ArtifactFiles;
import io.metalimages.supplychain.signature.Verification;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** An image keeps the contract with metal-hammer, and its files are those that were built. */
public final class ContractInspection implements Inspection {

    @Override
    public Fingerprint inspect(ImageName name, ArtifactLocation location) throws IOException, InterruptedException {
        ArtifactCheck.Checked checked = new ArtifactCheck().checkAndDigest(location, CheckProgress.SILENT);
        List<Finding> errors = checked.report().errors();
        if (!errors.isEmpty()) {
            throw new FaultException(
                    FaultException.Category.FAILED_WORK,
                    "No machine should get " + name + ": " + errors.getFirst().path() + ": "
                            + errors.getFirst().detail()
                            + (errors.size() > 1 ? " There are " + (errors.size() - 1) + " errors more." : ""),
                    "See all there is to find with metal-images check " + name + ".",
                    null);
        }
        Fingerprint tarball = new Fingerprint(
                checked.sums().bytes(),
                checked.sums().md5(),
                new Digest(checked.sums().sha256()));
        requireWhatWasBuilt(name, location, tarball);
        return tarball;
    }

    /** An image without a provenance is published, too; but one whose files are others than it says is not. */
    private static void requireWhatWasBuilt(ImageName name, ArtifactLocation location, Fingerprint tarball)
            throws IOException, InterruptedException {
        if (ArtifactLocation.SIDECARS.stream()
                .filter(file -> !file.equals(ArtifactLocation.TEST_RESULT))
                .noneMatch(file -> Files.exists(location.sidecar(file)))) {
            return;
        }
        List<Verification.Finding> findings = Verification.verify(
                        new InspectedFiles(ArtifactFiles.in(location), tarball),
                        List.of(),
                        Verification.Expectation.of(name.toString()))
                .findings();
        if (!findings.isEmpty()) {
            Verification.Finding first = findings.getFirst();
            throw new FaultException(
                    FaultException.Category.FAILED_WORK,
                    name + " is not what was built: " + first.file() + ": " + first.detail(),
                    "See all there is to find with metal-images verify " + name + ", or build it again.",
                    null);
        }
    }

    /** The files of an artifact whose tarball was read. */
    private record InspectedFiles(ArtifactFiles files, Fingerprint tarball) implements ArtifactFiles {

        @Override
        public Optional<Opened> open(String name) throws IOException, InterruptedException {
            return files.open(name);
        }

        @Override
        public Optional<Known> known(String name) {
            return name.equals(ArtifactLocation.TARBALL)
                    ? Optional.of(new Known(tarball.bytes(), tarball.sha256(), tarball.md5()))
                    : Optional.empty();
        }

        @Override
        public Set<String> names() throws IOException {
            return files.names();
        }
    }
}
