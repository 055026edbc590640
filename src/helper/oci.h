/* SPDX-License-Identifier: Apache-2.0 */
/* Names that the OCI image-spec and docker have given to things. */
#ifndef BERTH_HELPER_OCI_H
#define BERTH_HELPER_OCI_H

#define OCI_MANIFEST	"application/vnd.oci.image.manifest.v1+json"
#define OCI_INDEX	"application/vnd.oci.image.index.v1+json"
#define OCI_CONFIG	"application/vnd.oci.image.config.v1+json"
#define OCI_LAYER	"application/vnd.oci.image.layer.v1.tar"
#define DOCKER_MANIFEST "application/vnd.docker.distribution.manifest.v2+json"
#define DOCKER_LIST	"application/vnd.docker.distribution.manifest.list.v2+json"

#define OCI_REF_NAME	"org.opencontainers.image.ref.name"
#define CONTAINERD_NAME "io.containerd.image.name"

#define OCI_LAYOUT_TEXT "{\"imageLayoutVersion\":\"1.0.0\"}"
#define BLOB_DIR	"blobs/sha256"

/* "blobs/sha256/" and 64 digits */
#define BLOB_PATH_SIZE 80

#endif
