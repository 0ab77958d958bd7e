#!/bin/bash
# dracut: refuses to build an initrd with tables that the kernel would not take; dracut's own acpi_override packs them.
# Install as /usr/lib/dracut/modules.d/95acpihp/module-setup.sh, with acpihp.conf. See contrib/README.md of acpihp.

check() {
    # Only where it is asked for (add_dracutmodules), and acpihp is there.
    require_binaries "${ACPIHP:-acpihp}" || return 1
    return 255
}

depends() {
    return 0
}

install() {
    local tables firmware="${ACPIHP_FIRMWARE:-/etc/acpihp/firmware.tar.gz}"
    # acpi_override, acpi_table_dir and kernel are dracut's.
    # shellcheck disable=SC2154
    if [[ $acpi_override != yes ]]; then
        dwarn "acpihp: acpi_override=yes is not set: no table is packed"
        return 0
    fi
    # shellcheck disable=SC2154
    tables=("$acpi_table_dir"/*.aml)
    [[ -e ${tables[0]:-} ]] || return 0
    [[ -e $firmware ]] || firmware=none
    # shellcheck disable=SC2154
    if ! "${ACPIHP:-acpihp}" mkinitrd-override --against "$firmware" --kernel "$kernel" -- "${tables[@]}" > /dev/null; then
        dfatal "acpihp: the kernel would not take the tables of $acpi_table_dir as they are meant"
        exit 1
    fi
}
