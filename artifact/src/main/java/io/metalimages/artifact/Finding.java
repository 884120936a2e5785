package io.metalimages.artifact;

/**
 * One breach of the contract.
 *
 * @param path where: {@code /etc/passwd} in the image, or the name of a file of the artifact, such as
 *     {@code img.tar.lz4.md5}
 * @param detail what was found there, as a whole sentence
 */
public record Finding(CheckCode code, String path, String detail) {

    public boolean isError() {
        return code.severity() == CheckCode.Severity.ERROR;
    }
}
