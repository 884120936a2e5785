package io.metalimages.store.channel;

import io.metalimages.artifact.ArtifactLocation;
import io.metalimages.common.FaultException;
import io.metalimages.common.ForeignText;
import io.metalimages.store.object.StoreException;
import io.metalimages.supplychain.signature.Verification;
import io.metalimages.supplychain.statement.TestResult;
import java.util.Optional;

/** What came of the tests of published images, by the documents that were published with them. */
final class PublishedTests {

    private final Channels channels;

    PublishedTests(Channels channels) {
        this.channels = channels;
    }

    /**
     * Why an image counts as not tested: what is said behind its name; empty if it passed its full test. Images that were
     * published before test results were documents have none: what the index says of them stands.
     */
    Optional<String> shortfall(PublishedImage image) throws StoreException {
        Optional<PublishedImage.PublishedFile> result = image.file(ArtifactLocation.TEST_RESULT);
        Optional<PublishedImage.PublishedFile> tarball = image.file(ArtifactLocation.TARBALL);
        if (result.isEmpty() || tarball.isEmpty()) {
            return image.tested() ? Optional.empty() : Optional.of("was not tested");
        }
        Optional<PublishedImage.PublishedFile> signature = image.file(ArtifactLocation.TEST_RESULT_SIGNATURE);
        try {
            byte[] json = channels.content(result.get());
            Optional<String> shortfall = TestResult.parse(json, result.get().name())
                    .shortfall(
                            tarball.get().fingerprint().sha256(), image.name().toString());
            if (shortfall.isPresent()) {
                return shortfall;
            }
            if (signature.isPresent() && !Verification.isSignedForm(channels.content(signature.get()), json)) {
                return Optional.of("has a test result that was changed after it was signed");
            }
            return Optional.empty();
        } catch (FaultException | StoreException.NoSuchObject | StoreException.ContentDamaged unusable) {
            return Optional.of("has a test result that cannot be used: "
                    + ForeignText.line(String.valueOf(unusable.getMessage())));
        }
    }
}
