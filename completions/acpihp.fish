# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_acpihp_global_optspecs
    string join \n h/help V/version
end

function __fish_acpihp_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_acpihp_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_acpihp_using_subcommand
    set -l cmd (__fish_acpihp_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c acpihp -n "__fish_acpihp_needs_command" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c acpihp -n "__fish_acpihp_needs_command" -s V -l version -d 'Print version'
complete -c acpihp -n "__fish_acpihp_needs_command" -f -a "dump" -d 'Show the tables of this machine, a file or a dump, and what they say'
complete -c acpihp -n "__fish_acpihp_needs_command" -f -a "mkinitrd-override" -d 'Make the archive that replaces tables, in front of an initrd if wanted'
complete -c acpihp -n "__fish_acpihp_needs_command" -f -a "check" -d 'Say whether Linux will accept tables, archives and initrds, and whether they are right'
complete -c acpihp -n "__fish_acpihp_needs_command" -f -a "simulate" -d 'Show step by step which tables end up installed, and why'
complete -c acpihp -n "__fish_acpihp_needs_command" -f -a "plan" -d 'Show which memory goes to which node and zone, and why'
complete -c acpihp -n "__fish_acpihp_needs_command" -f -a "advise" -d 'Find the smallest change that meets wishes about memory: marks of the SRAT, command line'
complete -c acpihp -n "__fish_acpihp_needs_command" -f -a "removable" -d 'Show which memory can go offline now, what holds the rest, and what would help'
complete -c acpihp -n "__fish_acpihp_needs_command" -f -a "where" -d 'Show what is at a physical address: node, zone, memory block, and who reserved it'
complete -c acpihp -n "__fish_acpihp_needs_command" -f -a "report" -d 'Write a prediction as one HTML page: map, nodes, what is in the way, the kernel\'s log'
complete -c acpihp -n "__fish_acpihp_needs_command" -f -a "capture" -d 'Save what the other commands need of this machine, without secrets'
complete -c acpihp -n "__fish_acpihp_needs_command" -f -a "inspect" -d 'Show what is in an initrd or a unified kernel image, and what the kernel will see of it'
complete -c acpihp -n "__fish_acpihp_needs_command" -f -a "build" -d 'Make a table from its source: iasl\'s data-table language, or the JSON of dump'
complete -c acpihp -n "__fish_acpihp_needs_command" -f -a "template" -d 'Print the source of a new table to start from'
complete -c acpihp -n "__fish_acpihp_needs_command" -f -a "edit" -d 'Change exactly the fields that are named in a table, and show what comes of it'
complete -c acpihp -n "__fish_acpihp_needs_command" -f -a "diff" -d 'Show what differs between two tables, dumps or machines, and what that does to nodes and zones'
complete -c acpihp -n "__fish_acpihp_needs_command" -f -a "doctor" -d 'Say whether the last override was seen, accepted and applied, and whether the boot did as predicted'
complete -c acpihp -n "__fish_acpihp_needs_command" -f -a "sample" -d 'List the machines that acpihp carries, or write one, or the files of the tutorial, into a folder'
complete -c acpihp -n "__fish_acpihp_needs_command" -f -a "explain" -d 'Explain a finding: what it means, why, where it is written, how to fix it'
complete -c acpihp -n "__fish_acpihp_needs_command" -f -a "completions" -d 'Print the completion script of a shell'
complete -c acpihp -n "__fish_acpihp_needs_command" -f -a "man" -d 'Print the manual page of acpihp or of a subcommand'
complete -c acpihp -n "__fish_acpihp_needs_command" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c acpihp -n "__fish_acpihp_using_subcommand dump" -s n -l table -d 'The same, as acpidump takes it' -r
complete -c acpihp -n "__fish_acpihp_using_subcommand dump" -l format -d 'How to print the tables' -r -f -a "text\t'For people; may change'
json\t'For programs: the documented contract'
dsl\t'Source that `acpihp build` and iasl compile'
acpidump\t'The text of acpidump, which acpixtract reads'
raw\t'The tables\' bytes, one after the other'"
complete -c acpihp -n "__fish_acpihp_using_subcommand dump" -s o -l output -d 'Write each table as a file into a folder, under the name that acpixtract gives it; with --format dsl, json or acpidump in that form' -r -f -a "(__fish_complete_directories)"
complete -c acpihp -n "__fish_acpihp_using_subcommand dump" -l sysroot -d 'The machine: a copy of its root (/proc, /sys, /boot) in a folder or a tar archive, or whatever --from takes [default: /]' -r -F
complete -c acpihp -n "__fish_acpihp_using_subcommand dump" -l from -d 'Its tables, in place of those of its root: a table, a folder, a dump, an initrd, an image of memory, a log, or -' -r -F
complete -c acpihp -n "__fish_acpihp_using_subcommand dump" -l sample -d 'A machine that acpihp carries itself; `list` shows them' -r
complete -c acpihp -n "__fish_acpihp_using_subcommand dump" -l dmesg -d 'The kernel\'s log of a boot of it: dmesg or the journal in any form, packed or not, or a capture [default: that of its root]' -r -F
complete -c acpihp -n "__fish_acpihp_using_subcommand dump" -l boot -d 'Which boot of that log: 1 is the first, 0 the last, -1 the one before [default: the last with a version line and a memory map]' -r
complete -c acpihp -n "__fish_acpihp_using_subcommand dump" -l root-order -d 'Tables that come first in its root table, by name or file, where neither a root table nor a log says it' -r
complete -c acpihp -n "__fish_acpihp_using_subcommand dump" -l take -d 'For a listing of iasl in which more than values was edited: read its decoded lines, or its raw data' -r -f -a "decoded\t'The lines with the fields'
raw\t'The raw table data below them'"
complete -c acpihp -n "__fish_acpihp_using_subcommand dump" -s d -l decode -d 'Show every table in full'
complete -c acpihp -n "__fish_acpihp_using_subcommand dump" -s J -l json -d 'Short for --format json'
complete -c acpihp -n "__fish_acpihp_using_subcommand dump" -s q -l quiet -d 'Only the bare result, warnings and errors; no notes, no progress'
complete -c acpihp -n "__fish_acpihp_using_subcommand dump" -s v -l verbose -d 'More: what is only worth knowing, what is cut short otherwise, and what the answer was made from'
complete -c acpihp -n "__fish_acpihp_using_subcommand dump" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c acpihp -n "__fish_acpihp_using_subcommand mkinitrd-override" -s o -l output -d 'Write to FILE, which may be IMG itself [default: standard output, unless it is a terminal]' -r -F
complete -c acpihp -n "__fish_acpihp_using_subcommand mkinitrd-override" -l initrd -d 'Put the archive in front of this initrd, after its microcode, or in the place of an earlier one' -r -F
complete -c acpihp -n "__fish_acpihp_using_subcommand mkinitrd-override" -l against -d 'Compare with the tables of a second machine: a file, a folder or a copied root; none compares with nothing [default: the machine]' -r -F
complete -c acpihp -n "__fish_acpihp_using_subcommand mkinitrd-override" -l kernel -d 'Kernel release, such as 6.1 or 6.12.111, or its image: a vmlinuz, a vmlinux or a unified kernel image [default: that of the machine or image in question, else the newest known]' -r -F
complete -c acpihp -n "__fish_acpihp_using_subcommand mkinitrd-override" -l rules-of -d 'Use the rules of another release, such as the one whose memory management a distribution backported' -r
complete -c acpihp -n "__fish_acpihp_using_subcommand mkinitrd-override" -l config -d 'That kernel\'s configuration [default: that of the image, or the one that is installed for the release]' -r -F
complete -c acpihp -n "__fish_acpihp_using_subcommand mkinitrd-override" -l sysroot -d 'The machine: a copy of its root (/proc, /sys, /boot) in a folder or a tar archive, or whatever --from takes [default: /]' -r -F
complete -c acpihp -n "__fish_acpihp_using_subcommand mkinitrd-override" -l from -d 'Its tables, in place of those of its root: a table, a folder, a dump, an initrd, an image of memory, a log, or -' -r -F
complete -c acpihp -n "__fish_acpihp_using_subcommand mkinitrd-override" -l sample -d 'A machine that acpihp carries itself; `list` shows them' -r
complete -c acpihp -n "__fish_acpihp_using_subcommand mkinitrd-override" -l dmesg -d 'The kernel\'s log of a boot of it: dmesg or the journal in any form, packed or not, or a capture [default: that of its root]' -r -F
complete -c acpihp -n "__fish_acpihp_using_subcommand mkinitrd-override" -l boot -d 'Which boot of that log: 1 is the first, 0 the last, -1 the one before [default: the last with a version line and a memory map]' -r
complete -c acpihp -n "__fish_acpihp_using_subcommand mkinitrd-override" -l root-order -d 'Tables that come first in its root table, by name or file, where neither a root table nor a log says it' -r
complete -c acpihp -n "__fish_acpihp_using_subcommand mkinitrd-override" -l take -d 'For a listing of iasl in which more than values was edited: read its decoded lines, or its raw data' -r -f -a "decoded\t'The lines with the fields'
raw\t'The raw table data below them'"
complete -c acpihp -n "__fish_acpihp_using_subcommand mkinitrd-override" -l format -d 'How to print the result' -r -f -a "text\t'For people; may change'
json\t'For programs: the documented contract'"
complete -c acpihp -n "__fish_acpihp_using_subcommand mkinitrd-override" -l remove -d 'Take the override archive out of IMG again'
complete -c acpihp -n "__fish_acpihp_using_subcommand mkinitrd-override" -l force -d 'Write the output even if the kernel would refuse tables in it or fail on it, or --remove leaves nothing'
complete -c acpihp -n "__fish_acpihp_using_subcommand mkinitrd-override" -l howto -d 'Show the lines with which the machine\'s boot loader loads the output, and how to take it out again'
complete -c acpihp -n "__fish_acpihp_using_subcommand mkinitrd-override" -s J -l json -d 'Short for --format json'
complete -c acpihp -n "__fish_acpihp_using_subcommand mkinitrd-override" -s q -l quiet -d 'Only the bare result, warnings and errors; no notes, no progress'
complete -c acpihp -n "__fish_acpihp_using_subcommand mkinitrd-override" -s v -l verbose -d 'More: what is only worth knowing, what is cut short otherwise, and what the answer was made from'
complete -c acpihp -n "__fish_acpihp_using_subcommand mkinitrd-override" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c acpihp -n "__fish_acpihp_using_subcommand check" -l against -d 'Take the tables for overrides of a second machine\'s: a root, a folder or a dump [default: the machine, where one is named]' -r -F
complete -c acpihp -n "__fish_acpihp_using_subcommand check" -l kernel -d 'Kernel release, such as 6.1 or 6.12.111, or its image: a vmlinuz, a vmlinux or a unified kernel image [default: that of the machine or image in question, else the newest known]' -r -F
complete -c acpihp -n "__fish_acpihp_using_subcommand check" -l rules-of -d 'Use the rules of another release, such as the one whose memory management a distribution backported' -r
complete -c acpihp -n "__fish_acpihp_using_subcommand check" -l config -d 'That kernel\'s configuration [default: that of the image, or the one that is installed for the release]' -r -F
complete -c acpihp -n "__fish_acpihp_using_subcommand check" -l fail-on -d 'Exit with 1 if there is a finding of this severity or above' -r -f -a "error\t'Errors'
warning\t'Errors and warnings'
info\t'Any finding'
never\t'No finding'"
complete -c acpihp -n "__fish_acpihp_using_subcommand check" -l allow -d 'Leave findings with this code out' -r
complete -c acpihp -n "__fish_acpihp_using_subcommand check" -l judge -d 'Who judges how much a finding matters: the specification, or Linux, for which what it never looks at is an info only' -r -f -a "linux\t'What Linux does with it'
specification\t'What ACPI and its companions demand'"
complete -c acpihp -n "__fish_acpihp_using_subcommand check" -l sysroot -d 'The machine: a copy of its root (/proc, /sys, /boot) in a folder or a tar archive, or whatever --from takes [default: /]' -r -F
complete -c acpihp -n "__fish_acpihp_using_subcommand check" -l from -d 'Its tables, in place of those of its root: a table, a folder, a dump, an initrd, an image of memory, a log, or -' -r -F
complete -c acpihp -n "__fish_acpihp_using_subcommand check" -l sample -d 'A machine that acpihp carries itself; `list` shows them' -r
complete -c acpihp -n "__fish_acpihp_using_subcommand check" -l dmesg -d 'The kernel\'s log of a boot of it: dmesg or the journal in any form, packed or not, or a capture [default: that of its root]' -r -F
complete -c acpihp -n "__fish_acpihp_using_subcommand check" -l boot -d 'Which boot of that log: 1 is the first, 0 the last, -1 the one before [default: the last with a version line and a memory map]' -r
complete -c acpihp -n "__fish_acpihp_using_subcommand check" -l root-order -d 'Tables that come first in its root table, by name or file, where neither a root table nor a log says it' -r
complete -c acpihp -n "__fish_acpihp_using_subcommand check" -l take -d 'For a listing of iasl in which more than values was edited: read its decoded lines, or its raw data' -r -f -a "decoded\t'The lines with the fields'
raw\t'The raw table data below them'"
complete -c acpihp -n "__fish_acpihp_using_subcommand check" -l waivers -d 'Leave out the findings that this file waives, each with a reason and as long as it says' -r -F
complete -c acpihp -n "__fish_acpihp_using_subcommand check" -l policy -d 'Report the assertions in this file that do not hold' -r -F
complete -c acpihp -n "__fish_acpihp_using_subcommand check" -l cmdline -d 'Kernel command line of the boot [default: that of the machine, log or image in question]' -r
complete -c acpihp -n "__fish_acpihp_using_subcommand check" -l append -d 'Words to add to that command line; -NAME takes an option away' -r
complete -c acpihp -n "__fish_acpihp_using_subcommand check" -l format -d 'How to print the findings' -r -f -a "text\t'For people; may change'
json\t'For programs: the documented contract'
sarif\t'SARIF 2.1.0, for code scanning services'
github\t'Workflow commands, which GitHub Actions shows at the file'
junit\t'JUnit XML, which build servers show as tests'"
complete -c acpihp -n "__fish_acpihp_using_subcommand check" -s J -l json -d 'Short for --format json'
complete -c acpihp -n "__fish_acpihp_using_subcommand check" -s q -l quiet -d 'Only the bare result, warnings and errors; no notes, no progress'
complete -c acpihp -n "__fish_acpihp_using_subcommand check" -s v -l verbose -d 'More: what is only worth knowing, what is cut short otherwise, and what the answer was made from'
complete -c acpihp -n "__fish_acpihp_using_subcommand check" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c acpihp -n "__fish_acpihp_using_subcommand simulate" -l flow -d 'In which order tables are installed and replaced [default: the release\'s own]' -r -f -a "current\t'Since 4.3: a list that grows, each table replaced as it comes'
one-by-one\t'Up to 4.2: fixed slots for DSDT and FACS, each table replaced as it comes'
two-step\t'The series of 2013: all tables first, the SRAT for memblock, then all replacements'"
complete -c acpihp -n "__fish_acpihp_using_subcommand simulate" -l compare -d 'Two boots side by side: this one and one with OPTIONS, such as \'--append movable_node --kernel 6.12\'; or A,B, two kernels or flows [default: one-by-one,two-step]' -r
complete -c acpihp -n "__fish_acpihp_using_subcommand simulate" -l sysroot -d 'The machine: a copy of its root (/proc, /sys, /boot) in a folder or a tar archive, or whatever --from takes [default: /]' -r -F
complete -c acpihp -n "__fish_acpihp_using_subcommand simulate" -l from -d 'Its tables, in place of those of its root: a table, a folder, a dump, an initrd, an image of memory, a log, or -' -r -F
complete -c acpihp -n "__fish_acpihp_using_subcommand simulate" -l sample -d 'A machine that acpihp carries itself; `list` shows them' -r
complete -c acpihp -n "__fish_acpihp_using_subcommand simulate" -l dmesg -d 'The kernel\'s log of a boot of it: dmesg or the journal in any form, packed or not, or a capture [default: that of its root]' -r -F
complete -c acpihp -n "__fish_acpihp_using_subcommand simulate" -l boot -d 'Which boot of that log: 1 is the first, 0 the last, -1 the one before [default: the last with a version line and a memory map]' -r
complete -c acpihp -n "__fish_acpihp_using_subcommand simulate" -l root-order -d 'Tables that come first in its root table, by name or file, where neither a root table nor a log says it' -r
complete -c acpihp -n "__fish_acpihp_using_subcommand simulate" -l take -d 'For a listing of iasl in which more than values was edited: read its decoded lines, or its raw data' -r -f -a "decoded\t'The lines with the fields'
raw\t'The raw table data below them'"
complete -c acpihp -n "__fish_acpihp_using_subcommand simulate" -l kernel -d 'Kernel release, such as 6.1 or 6.12.111, or its image: a vmlinuz, a vmlinux or a unified kernel image [default: that of the machine or image in question, else the newest known]' -r -F
complete -c acpihp -n "__fish_acpihp_using_subcommand simulate" -l rules-of -d 'Use the rules of another release, such as the one whose memory management a distribution backported' -r
complete -c acpihp -n "__fish_acpihp_using_subcommand simulate" -l config -d 'That kernel\'s configuration [default: that of the image, or the one that is installed for the release]' -r -F
complete -c acpihp -n "__fish_acpihp_using_subcommand simulate" -l cmdline -d 'Kernel command line of the boot [default: that of the machine, log or image in question]' -r
complete -c acpihp -n "__fish_acpihp_using_subcommand simulate" -l append -d 'Words to add to that command line; -NAME takes an option away' -r
complete -c acpihp -n "__fish_acpihp_using_subcommand simulate" -l initrd -d 'The initrd, with the override archive in front if there is one; or a unified kernel image, whose release and command line then hold too' -r -F
complete -c acpihp -n "__fish_acpihp_using_subcommand simulate" -l profile -d 'The profile of the unified kernel image' -r
complete -c acpihp -n "__fish_acpihp_using_subcommand simulate" -l override -d 'Tables to override: short for an archive of them' -r -F
complete -c acpihp -n "__fish_acpihp_using_subcommand simulate" -l loader -d 'Who starts that kernel: firmware with a boot loader, or the running kernel, which puts it elsewhere [default: firmware]' -r -f -a "firmware\t'Firmware, and a boot loader'
kexec\t'kexec_file_load of the kernel that runs (kexec -s)'"
complete -c acpihp -n "__fish_acpihp_using_subcommand simulate" -l kernel-at -d 'Where that boot keeps the kernel image, in bytes, end exclusive' -r
complete -c acpihp -n "__fish_acpihp_using_subcommand simulate" -l initrd-at -d 'Where that boot keeps the initrd' -r
complete -c acpihp -n "__fish_acpihp_using_subcommand simulate" -l mirrored -d 'Memory that firmware keeps in two copies, where no log shows EFI\'s memory map (kernelcore=mirror)' -r
complete -c acpihp -n "__fish_acpihp_using_subcommand simulate" -l reserve -d 'Memory that is reserved before the SRAT is read, with a name for it' -r
complete -c acpihp -n "__fish_acpihp_using_subcommand simulate" -l format -d 'How to print the result' -r -f -a "text\t'For people; may change'
json\t'For programs: the documented contract'"
complete -c acpihp -n "__fish_acpihp_using_subcommand simulate" -l lockdown -d 'Assume lockdown (as with Secure Boot) even if the command line does not ask for it'
complete -c acpihp -n "__fish_acpihp_using_subcommand simulate" -s J -l json -d 'Short for --format json'
complete -c acpihp -n "__fish_acpihp_using_subcommand simulate" -s q -l quiet -d 'Only the bare result, warnings and errors; no notes, no progress'
complete -c acpihp -n "__fish_acpihp_using_subcommand simulate" -s v -l verbose -d 'More: what is only worth knowing, what is cut short otherwise, and what the answer was made from'
complete -c acpihp -n "__fish_acpihp_using_subcommand simulate" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c acpihp -n "__fish_acpihp_using_subcommand plan" -l compare -d 'Show this boot beside one with OPTIONS, such as \'--append movable_node --kernel 6.12\'; or A,B, two kernels' -r
complete -c acpihp -n "__fish_acpihp_using_subcommand plan" -l hot-add -d 'Say what becomes of memory that is added later, in this order; END exclusive, both multiples of the block size' -r
complete -c acpihp -n "__fish_acpihp_using_subcommand plan" -l sysroot -d 'The machine: a copy of its root (/proc, /sys, /boot) in a folder or a tar archive, or whatever --from takes [default: /]' -r -F
complete -c acpihp -n "__fish_acpihp_using_subcommand plan" -l from -d 'Its tables, in place of those of its root: a table, a folder, a dump, an initrd, an image of memory, a log, or -' -r -F
complete -c acpihp -n "__fish_acpihp_using_subcommand plan" -l sample -d 'A machine that acpihp carries itself; `list` shows them' -r
complete -c acpihp -n "__fish_acpihp_using_subcommand plan" -l dmesg -d 'The kernel\'s log of a boot of it: dmesg or the journal in any form, packed or not, or a capture [default: that of its root]' -r -F
complete -c acpihp -n "__fish_acpihp_using_subcommand plan" -l boot -d 'Which boot of that log: 1 is the first, 0 the last, -1 the one before [default: the last with a version line and a memory map]' -r
complete -c acpihp -n "__fish_acpihp_using_subcommand plan" -l root-order -d 'Tables that come first in its root table, by name or file, where neither a root table nor a log says it' -r
complete -c acpihp -n "__fish_acpihp_using_subcommand plan" -l take -d 'For a listing of iasl in which more than values was edited: read its decoded lines, or its raw data' -r -f -a "decoded\t'The lines with the fields'
raw\t'The raw table data below them'"
complete -c acpihp -n "__fish_acpihp_using_subcommand plan" -l kernel -d 'Kernel release, such as 6.1 or 6.12.111, or its image: a vmlinuz, a vmlinux or a unified kernel image [default: that of the machine or image in question, else the newest known]' -r -F
complete -c acpihp -n "__fish_acpihp_using_subcommand plan" -l rules-of -d 'Use the rules of another release, such as the one whose memory management a distribution backported' -r
complete -c acpihp -n "__fish_acpihp_using_subcommand plan" -l config -d 'That kernel\'s configuration [default: that of the image, or the one that is installed for the release]' -r -F
complete -c acpihp -n "__fish_acpihp_using_subcommand plan" -l cmdline -d 'Kernel command line of the boot [default: that of the machine, log or image in question]' -r
complete -c acpihp -n "__fish_acpihp_using_subcommand plan" -l append -d 'Words to add to that command line; -NAME takes an option away' -r
complete -c acpihp -n "__fish_acpihp_using_subcommand plan" -l initrd -d 'The initrd, with the override archive in front if there is one; or a unified kernel image, whose release and command line then hold too' -r -F
complete -c acpihp -n "__fish_acpihp_using_subcommand plan" -l profile -d 'The profile of the unified kernel image' -r
complete -c acpihp -n "__fish_acpihp_using_subcommand plan" -l override -d 'Tables to override: short for an archive of them' -r -F
complete -c acpihp -n "__fish_acpihp_using_subcommand plan" -l loader -d 'Who starts that kernel: firmware with a boot loader, or the running kernel, which puts it elsewhere [default: firmware]' -r -f -a "firmware\t'Firmware, and a boot loader'
kexec\t'kexec_file_load of the kernel that runs (kexec -s)'"
complete -c acpihp -n "__fish_acpihp_using_subcommand plan" -l kernel-at -d 'Where that boot keeps the kernel image, in bytes, end exclusive' -r
complete -c acpihp -n "__fish_acpihp_using_subcommand plan" -l initrd-at -d 'Where that boot keeps the initrd' -r
complete -c acpihp -n "__fish_acpihp_using_subcommand plan" -l mirrored -d 'Memory that firmware keeps in two copies, where no log shows EFI\'s memory map (kernelcore=mirror)' -r
complete -c acpihp -n "__fish_acpihp_using_subcommand plan" -l reserve -d 'Memory that is reserved before the SRAT is read, with a name for it' -r
complete -c acpihp -n "__fish_acpihp_using_subcommand plan" -l format -d 'How to print the result [default: by the suffix of FILE, else text]' -r -f -a "text\t'For people; may change'
json\t'For programs: the documented contract'
svg\t'A picture: one bar for each node, all on one scale'"
complete -c acpihp -n "__fish_acpihp_using_subcommand plan" -s o -l output -d 'Write to a file; its suffix says how: .svg, .json or .txt' -r -F
complete -c acpihp -n "__fish_acpihp_using_subcommand plan" -l numa -d 'Show nodes and zones; the default, unless one of the next three is asked for'
complete -c acpihp -n "__fish_acpihp_using_subcommand plan" -l early -d 'Show what memory is reserved before the SRAT is known, in boot order'
complete -c acpihp -n "__fish_acpihp_using_subcommand plan" -l blocks -d 'Show memory blocks: their zone, and whether they can go offline'
complete -c acpihp -n "__fish_acpihp_using_subcommand plan" -l map -d 'Draw nodes as bars on one scale, with what blocks them; plan begins with it on a terminal'
complete -c acpihp -n "__fish_acpihp_using_subcommand plan" -l lockdown -d 'Assume lockdown (as with Secure Boot) even if the command line does not ask for it'
complete -c acpihp -n "__fish_acpihp_using_subcommand plan" -s J -l json -d 'Short for --format json'
complete -c acpihp -n "__fish_acpihp_using_subcommand plan" -s v -l verbose -d 'More: what is only worth knowing, what is cut short otherwise, and what the answer was made from'
complete -c acpihp -n "__fish_acpihp_using_subcommand plan" -s q -l quiet -d 'Only the bare result, warnings and errors; no notes, no progress'
complete -c acpihp -n "__fish_acpihp_using_subcommand plan" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c acpihp -n "__fish_acpihp_using_subcommand advise" -l want -d 'A wish, in the words of a policy: \'node 1 fully movable\', \'movable at least 50%\', \'kernel keeps at least 4G\', \'range 8G-16G movable\', \'can grow to 64G\', \'can grow to 64G movable\'' -r
complete -c acpihp -n "__fish_acpihp_using_subcommand advise" -l policy -d 'A file of wishes, a line each, as check --policy takes it' -r -F
complete -c acpihp -n "__fish_acpihp_using_subcommand advise" -s o -l output -d 'Write the changed SRAT and the archive of it into a folder' -r -f -a "(__fish_complete_directories)"
complete -c acpihp -n "__fish_acpihp_using_subcommand advise" -l sysroot -d 'The machine: a copy of its root (/proc, /sys, /boot) in a folder or a tar archive, or whatever --from takes [default: /]' -r -F
complete -c acpihp -n "__fish_acpihp_using_subcommand advise" -l from -d 'Its tables, in place of those of its root: a table, a folder, a dump, an initrd, an image of memory, a log, or -' -r -F
complete -c acpihp -n "__fish_acpihp_using_subcommand advise" -l sample -d 'A machine that acpihp carries itself; `list` shows them' -r
complete -c acpihp -n "__fish_acpihp_using_subcommand advise" -l dmesg -d 'The kernel\'s log of a boot of it: dmesg or the journal in any form, packed or not, or a capture [default: that of its root]' -r -F
complete -c acpihp -n "__fish_acpihp_using_subcommand advise" -l boot -d 'Which boot of that log: 1 is the first, 0 the last, -1 the one before [default: the last with a version line and a memory map]' -r
complete -c acpihp -n "__fish_acpihp_using_subcommand advise" -l root-order -d 'Tables that come first in its root table, by name or file, where neither a root table nor a log says it' -r
complete -c acpihp -n "__fish_acpihp_using_subcommand advise" -l take -d 'For a listing of iasl in which more than values was edited: read its decoded lines, or its raw data' -r -f -a "decoded\t'The lines with the fields'
raw\t'The raw table data below them'"
complete -c acpihp -n "__fish_acpihp_using_subcommand advise" -l kernel -d 'Kernel release, such as 6.1 or 6.12.111, or its image: a vmlinuz, a vmlinux or a unified kernel image [default: that of the machine or image in question, else the newest known]' -r -F
complete -c acpihp -n "__fish_acpihp_using_subcommand advise" -l rules-of -d 'Use the rules of another release, such as the one whose memory management a distribution backported' -r
complete -c acpihp -n "__fish_acpihp_using_subcommand advise" -l config -d 'That kernel\'s configuration [default: that of the image, or the one that is installed for the release]' -r -F
complete -c acpihp -n "__fish_acpihp_using_subcommand advise" -l cmdline -d 'Kernel command line of the boot [default: that of the machine, log or image in question]' -r
complete -c acpihp -n "__fish_acpihp_using_subcommand advise" -l append -d 'Words to add to that command line; -NAME takes an option away' -r
complete -c acpihp -n "__fish_acpihp_using_subcommand advise" -l initrd -d 'The initrd, with the override archive in front if there is one; or a unified kernel image, whose release and command line then hold too' -r -F
complete -c acpihp -n "__fish_acpihp_using_subcommand advise" -l profile -d 'The profile of the unified kernel image' -r
complete -c acpihp -n "__fish_acpihp_using_subcommand advise" -l override -d 'Tables to override: short for an archive of them' -r -F
complete -c acpihp -n "__fish_acpihp_using_subcommand advise" -l loader -d 'Who starts that kernel: firmware with a boot loader, or the running kernel, which puts it elsewhere [default: firmware]' -r -f -a "firmware\t'Firmware, and a boot loader'
kexec\t'kexec_file_load of the kernel that runs (kexec -s)'"
complete -c acpihp -n "__fish_acpihp_using_subcommand advise" -l kernel-at -d 'Where that boot keeps the kernel image, in bytes, end exclusive' -r
complete -c acpihp -n "__fish_acpihp_using_subcommand advise" -l initrd-at -d 'Where that boot keeps the initrd' -r
complete -c acpihp -n "__fish_acpihp_using_subcommand advise" -l mirrored -d 'Memory that firmware keeps in two copies, where no log shows EFI\'s memory map (kernelcore=mirror)' -r
complete -c acpihp -n "__fish_acpihp_using_subcommand advise" -l reserve -d 'Memory that is reserved before the SRAT is read, with a name for it' -r
complete -c acpihp -n "__fish_acpihp_using_subcommand advise" -l format -d 'How to print the result' -r -f -a "text\t'For people; may change'
json\t'For programs: the documented contract'
svg\t'A picture: one bar for each node, all on one scale'"
complete -c acpihp -n "__fish_acpihp_using_subcommand advise" -l lockdown -d 'Assume lockdown (as with Secure Boot) even if the command line does not ask for it'
complete -c acpihp -n "__fish_acpihp_using_subcommand advise" -l map -d 'Draw nodes before and after as bars on one scale; shown on a terminal anyway'
complete -c acpihp -n "__fish_acpihp_using_subcommand advise" -s J -l json -d 'Short for --format json'
complete -c acpihp -n "__fish_acpihp_using_subcommand advise" -s q -l quiet -d 'Only the bare result, warnings and errors; no notes, no progress'
complete -c acpihp -n "__fish_acpihp_using_subcommand advise" -s v -l verbose -d 'More: what is only worth knowing, what is cut short otherwise, and what the answer was made from'
complete -c acpihp -n "__fish_acpihp_using_subcommand advise" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c acpihp -n "__fish_acpihp_using_subcommand removable" -l node -d 'Only the blocks of this node' -r
complete -c acpihp -n "__fish_acpihp_using_subcommand removable" -l block -d 'Only these blocks, by the number that they have in /sys/devices/system/memory' -r
complete -c acpihp -n "__fish_acpihp_using_subcommand removable" -l range -d 'Only the blocks that these addresses lie in; END exclusive' -r
complete -c acpihp -n "__fish_acpihp_using_subcommand removable" -l sysroot -d 'The machine: a copy of its root (/proc, /sys, /boot) in a folder or a tar archive, or whatever --from takes [default: /]' -r -F
complete -c acpihp -n "__fish_acpihp_using_subcommand removable" -l from -d 'Its tables, in place of those of its root: a table, a folder, a dump, an initrd, an image of memory, a log, or -' -r -F
complete -c acpihp -n "__fish_acpihp_using_subcommand removable" -l sample -d 'A machine that acpihp carries itself; `list` shows them' -r
complete -c acpihp -n "__fish_acpihp_using_subcommand removable" -l dmesg -d 'The kernel\'s log of a boot of it: dmesg or the journal in any form, packed or not, or a capture [default: that of its root]' -r -F
complete -c acpihp -n "__fish_acpihp_using_subcommand removable" -l boot -d 'Which boot of that log: 1 is the first, 0 the last, -1 the one before [default: the last with a version line and a memory map]' -r
complete -c acpihp -n "__fish_acpihp_using_subcommand removable" -l root-order -d 'Tables that come first in its root table, by name or file, where neither a root table nor a log says it' -r
complete -c acpihp -n "__fish_acpihp_using_subcommand removable" -l take -d 'For a listing of iasl in which more than values was edited: read its decoded lines, or its raw data' -r -f -a "decoded\t'The lines with the fields'
raw\t'The raw table data below them'"
complete -c acpihp -n "__fish_acpihp_using_subcommand removable" -l format -d 'How to print the result' -r -f -a "text\t'For people; may change'
json\t'For programs: the documented contract'"
complete -c acpihp -n "__fish_acpihp_using_subcommand removable" -l map -d 'Draw the blocks of each node as a strip on one scale; shown on a terminal anyway'
complete -c acpihp -n "__fish_acpihp_using_subcommand removable" -s J -l json -d 'Short for --format json'
complete -c acpihp -n "__fish_acpihp_using_subcommand removable" -s q -l quiet -d 'Only the bare result, warnings and errors; no notes, no progress'
complete -c acpihp -n "__fish_acpihp_using_subcommand removable" -s v -l verbose -d 'More: what is only worth knowing, what is cut short otherwise, and what the answer was made from'
complete -c acpihp -n "__fish_acpihp_using_subcommand removable" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c acpihp -n "__fish_acpihp_using_subcommand where" -l sysroot -d 'The machine: a copy of its root (/proc, /sys, /boot) in a folder or a tar archive, or whatever --from takes [default: /]' -r -F
complete -c acpihp -n "__fish_acpihp_using_subcommand where" -l from -d 'Its tables, in place of those of its root: a table, a folder, a dump, an initrd, an image of memory, a log, or -' -r -F
complete -c acpihp -n "__fish_acpihp_using_subcommand where" -l sample -d 'A machine that acpihp carries itself; `list` shows them' -r
complete -c acpihp -n "__fish_acpihp_using_subcommand where" -l dmesg -d 'The kernel\'s log of a boot of it: dmesg or the journal in any form, packed or not, or a capture [default: that of its root]' -r -F
complete -c acpihp -n "__fish_acpihp_using_subcommand where" -l boot -d 'Which boot of that log: 1 is the first, 0 the last, -1 the one before [default: the last with a version line and a memory map]' -r
complete -c acpihp -n "__fish_acpihp_using_subcommand where" -l root-order -d 'Tables that come first in its root table, by name or file, where neither a root table nor a log says it' -r
complete -c acpihp -n "__fish_acpihp_using_subcommand where" -l take -d 'For a listing of iasl in which more than values was edited: read its decoded lines, or its raw data' -r -f -a "decoded\t'The lines with the fields'
raw\t'The raw table data below them'"
complete -c acpihp -n "__fish_acpihp_using_subcommand where" -l format -d 'How to print the result; ndjson: a line of JSON for each address, as it comes' -r -f -a "text\t'For people; may change'
json\t'For programs: the documented contract'
ndjson\t'For programs that read line by line'"
complete -c acpihp -n "__fish_acpihp_using_subcommand where" -s J -l json -d 'Short for --format json'
complete -c acpihp -n "__fish_acpihp_using_subcommand where" -s q -l quiet -d 'Only the bare result, warnings and errors; no notes, no progress'
complete -c acpihp -n "__fish_acpihp_using_subcommand where" -s v -l verbose -d 'More: what is only worth knowing, what is cut short otherwise, and what the answer was made from'
complete -c acpihp -n "__fish_acpihp_using_subcommand where" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c acpihp -n "__fish_acpihp_using_subcommand report" -s o -l output -d 'The file to write; - is standard output' -r -F
complete -c acpihp -n "__fish_acpihp_using_subcommand report" -l sysroot -d 'The machine: a copy of its root (/proc, /sys, /boot) in a folder or a tar archive, or whatever --from takes [default: /]' -r -F
complete -c acpihp -n "__fish_acpihp_using_subcommand report" -l from -d 'Its tables, in place of those of its root: a table, a folder, a dump, an initrd, an image of memory, a log, or -' -r -F
complete -c acpihp -n "__fish_acpihp_using_subcommand report" -l sample -d 'A machine that acpihp carries itself; `list` shows them' -r
complete -c acpihp -n "__fish_acpihp_using_subcommand report" -l dmesg -d 'The kernel\'s log of a boot of it: dmesg or the journal in any form, packed or not, or a capture [default: that of its root]' -r -F
complete -c acpihp -n "__fish_acpihp_using_subcommand report" -l boot -d 'Which boot of that log: 1 is the first, 0 the last, -1 the one before [default: the last with a version line and a memory map]' -r
complete -c acpihp -n "__fish_acpihp_using_subcommand report" -l root-order -d 'Tables that come first in its root table, by name or file, where neither a root table nor a log says it' -r
complete -c acpihp -n "__fish_acpihp_using_subcommand report" -l take -d 'For a listing of iasl in which more than values was edited: read its decoded lines, or its raw data' -r -f -a "decoded\t'The lines with the fields'
raw\t'The raw table data below them'"
complete -c acpihp -n "__fish_acpihp_using_subcommand report" -l kernel -d 'Kernel release, such as 6.1 or 6.12.111, or its image: a vmlinuz, a vmlinux or a unified kernel image [default: that of the machine or image in question, else the newest known]' -r -F
complete -c acpihp -n "__fish_acpihp_using_subcommand report" -l rules-of -d 'Use the rules of another release, such as the one whose memory management a distribution backported' -r
complete -c acpihp -n "__fish_acpihp_using_subcommand report" -l config -d 'That kernel\'s configuration [default: that of the image, or the one that is installed for the release]' -r -F
complete -c acpihp -n "__fish_acpihp_using_subcommand report" -l cmdline -d 'Kernel command line of the boot [default: that of the machine, log or image in question]' -r
complete -c acpihp -n "__fish_acpihp_using_subcommand report" -l append -d 'Words to add to that command line; -NAME takes an option away' -r
complete -c acpihp -n "__fish_acpihp_using_subcommand report" -l initrd -d 'The initrd, with the override archive in front if there is one; or a unified kernel image, whose release and command line then hold too' -r -F
complete -c acpihp -n "__fish_acpihp_using_subcommand report" -l profile -d 'The profile of the unified kernel image' -r
complete -c acpihp -n "__fish_acpihp_using_subcommand report" -l override -d 'Tables to override: short for an archive of them' -r -F
complete -c acpihp -n "__fish_acpihp_using_subcommand report" -l loader -d 'Who starts that kernel: firmware with a boot loader, or the running kernel, which puts it elsewhere [default: firmware]' -r -f -a "firmware\t'Firmware, and a boot loader'
kexec\t'kexec_file_load of the kernel that runs (kexec -s)'"
complete -c acpihp -n "__fish_acpihp_using_subcommand report" -l kernel-at -d 'Where that boot keeps the kernel image, in bytes, end exclusive' -r
complete -c acpihp -n "__fish_acpihp_using_subcommand report" -l initrd-at -d 'Where that boot keeps the initrd' -r
complete -c acpihp -n "__fish_acpihp_using_subcommand report" -l mirrored -d 'Memory that firmware keeps in two copies, where no log shows EFI\'s memory map (kernelcore=mirror)' -r
complete -c acpihp -n "__fish_acpihp_using_subcommand report" -l reserve -d 'Memory that is reserved before the SRAT is read, with a name for it' -r
complete -c acpihp -n "__fish_acpihp_using_subcommand report" -l compare -d 'Show this boot beside one with OPTIONS, such as \'--append movable_node --kernel 6.12\'; or A,B, two kernels' -r
complete -c acpihp -n "__fish_acpihp_using_subcommand report" -l lockdown -d 'Assume lockdown (as with Secure Boot) even if the command line does not ask for it'
complete -c acpihp -n "__fish_acpihp_using_subcommand report" -s q -l quiet -d 'Only the bare result, warnings and errors; no notes, no progress'
complete -c acpihp -n "__fish_acpihp_using_subcommand report" -s v -l verbose -d 'More: what is only worth knowing, what is cut short otherwise, and what the answer was made from'
complete -c acpihp -n "__fish_acpihp_using_subcommand report" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c acpihp -n "__fish_acpihp_using_subcommand capture" -s o -l output -d 'Write to FILE, packed if it ends in gz; a folder if it ends in / [default: standard output, unless it is a terminal]' -r -F
complete -c acpihp -n "__fish_acpihp_using_subcommand capture" -l with -d 'What to take along that is left out otherwise' -r -f -a "serials\t'Serial numbers: NFIT, PHAT, BDAT and BERT, DMI, MAC addresses, the names of displays and disks'
licences\t'Licence keys: MSDM and SLIC'
secrets\t'Passwords and keys: iBFT, NBFT and their like, values of options, setup_data, event logs'
names\t'Names of hosts, people, networks and disks, and options that are not known'
log\t'All lines of the kernel\'s log, with what drivers say of their devices'
vendor\t'Tables whose layout is not known, such as those of vendors, and those with more than numbers, whole'
aml\t'Texts in AML that are not known to be harmless, and tables whose AML cannot be followed'"
complete -c acpihp -n "__fish_acpihp_using_subcommand capture" -l sysroot -d 'The machine: a copy of its root (/proc, /sys, /boot) in a folder or a tar archive, or whatever --from takes [default: /]' -r -F
complete -c acpihp -n "__fish_acpihp_using_subcommand capture" -l from -d 'Its tables, in place of those of its root: a table, a folder, a dump, an initrd, an image of memory, a log, or -' -r -F
complete -c acpihp -n "__fish_acpihp_using_subcommand capture" -l sample -d 'A machine that acpihp carries itself; `list` shows them' -r
complete -c acpihp -n "__fish_acpihp_using_subcommand capture" -l format -d 'How to print the result' -r -f -a "text\t'For people; may change'
json\t'For programs: the documented contract'"
complete -c acpihp -n "__fish_acpihp_using_subcommand capture" -s J -l json -d 'Short for --format json'
complete -c acpihp -n "__fish_acpihp_using_subcommand capture" -s q -l quiet -d 'Only the bare result, warnings and errors; no notes, no progress'
complete -c acpihp -n "__fish_acpihp_using_subcommand capture" -s v -l verbose -d 'More: what is only worth knowing, what is cut short otherwise, and what the answer was made from'
complete -c acpihp -n "__fish_acpihp_using_subcommand capture" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c acpihp -n "__fish_acpihp_using_subcommand inspect" -l limit -d 'The most that is unpacked of each compressed part, such as 512M' -r
complete -c acpihp -n "__fish_acpihp_using_subcommand inspect" -l kernel -d 'Kernel release, such as 6.1 or 6.12.111, or its image: a vmlinuz, a vmlinux or a unified kernel image [default: that of the machine or image in question, else the newest known]' -r -F
complete -c acpihp -n "__fish_acpihp_using_subcommand inspect" -l rules-of -d 'Use the rules of another release, such as the one whose memory management a distribution backported' -r
complete -c acpihp -n "__fish_acpihp_using_subcommand inspect" -l format -d 'How to print the result' -r -f -a "text\t'For people; may change'
json\t'For programs: the documented contract'"
complete -c acpihp -n "__fish_acpihp_using_subcommand inspect" -l deep -d 'Unpack what is compressed, to find tables in the wrong place and where the unpacker would fail'
complete -c acpihp -n "__fish_acpihp_using_subcommand inspect" -l entries -d 'List the entries of large archives too'
complete -c acpihp -n "__fish_acpihp_using_subcommand inspect" -s J -l json -d 'Short for --format json'
complete -c acpihp -n "__fish_acpihp_using_subcommand inspect" -s q -l quiet -d 'Only the bare result, warnings and errors; no notes, no progress'
complete -c acpihp -n "__fish_acpihp_using_subcommand inspect" -s v -l verbose -d 'More: what is only worth knowing, what is cut short otherwise, and what the answer was made from'
complete -c acpihp -n "__fish_acpihp_using_subcommand inspect" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c acpihp -n "__fish_acpihp_using_subcommand build" -s o -l output -d 'Where to write the table [default: FILE with .aml at its end]' -r -F
complete -c acpihp -n "__fish_acpihp_using_subcommand build" -l take -d 'For a listing of iasl in which more than values was edited: read its decoded lines, or its raw data' -r -f -a "decoded\t'The lines with the fields'
raw\t'The raw table data below them'"
complete -c acpihp -n "__fish_acpihp_using_subcommand build" -l as-is -d 'Take lengths and checksums as they are written, to build deliberately invalid tables'
complete -c acpihp -n "__fish_acpihp_using_subcommand build" -s q -l quiet -d 'Only the bare result, warnings and errors; no notes, no progress'
complete -c acpihp -n "__fish_acpihp_using_subcommand build" -s v -l verbose -d 'More: what is only worth knowing, what is cut short otherwise, and what the answer was made from'
complete -c acpihp -n "__fish_acpihp_using_subcommand build" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c acpihp -n "__fish_acpihp_using_subcommand template" -l format -d 'How to print the result' -r -f -a "text\t'For people; may change'
json\t'For programs: the documented contract'"
complete -c acpihp -n "__fish_acpihp_using_subcommand template" -s J -l json -d 'Short for --format json'
complete -c acpihp -n "__fish_acpihp_using_subcommand template" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c acpihp -n "__fish_acpihp_using_subcommand edit" -l set -d 'Set a field or a flag: `Oem ID=ME`, `Memory[3].Hot Pluggable=1`, `Reset Register.Address=0xcf9`' -r
complete -c acpihp -n "__fish_acpihp_using_subcommand edit" -l hotplug -d 'SRAT: mark memory hot-pluggable: node=N, pxm=N or range=START-END' -r
complete -c acpihp -n "__fish_acpihp_using_subcommand edit" -l no-hotplug -d 'SRAT: remove the mark from memory' -r
complete -c acpihp -n "__fish_acpihp_using_subcommand edit" -l split -d 'SRAT: split entries at the borders of a range' -r
complete -c acpihp -n "__fish_acpihp_using_subcommand edit" -l move -d 'SRAT: move memory to another proximity domain' -r
complete -c acpihp -n "__fish_acpihp_using_subcommand edit" -l distance -d 'SLIT: set the distance between two localities; A>B=N sets the way from A to B alone' -r
complete -c acpihp -n "__fish_acpihp_using_subcommand edit" -l oem-revision -d 'The new OEM revision: a number, or keep [default: one more, which Linux takes for newer]; alone it fixes the checksum' -r
complete -c acpihp -n "__fish_acpihp_using_subcommand edit" -s o -l output -d 'Write the table to FILE, which may be TABLE itself; - is standard output [default: show the changes and write nothing]' -r -F
complete -c acpihp -n "__fish_acpihp_using_subcommand edit" -l override-to -d 'Make an override archive with the table, as mkinitrd-override does; - is standard output' -r -F
complete -c acpihp -n "__fish_acpihp_using_subcommand edit" -l initrd -d 'The initrd that the archive comes in front of' -r -F
complete -c acpihp -n "__fish_acpihp_using_subcommand edit" -l kernel -d 'Kernel release, such as 6.1 or 6.12.111, or its image: a vmlinuz, a vmlinux or a unified kernel image [default: that of the machine or image in question, else the newest known]' -r -F
complete -c acpihp -n "__fish_acpihp_using_subcommand edit" -l rules-of -d 'Use the rules of another release, such as the one whose memory management a distribution backported' -r
complete -c acpihp -n "__fish_acpihp_using_subcommand edit" -l config -d 'That kernel\'s configuration [default: that of the image, or the one that is installed for the release]' -r -F
complete -c acpihp -n "__fish_acpihp_using_subcommand edit" -l sysroot -d 'The machine: a copy of its root (/proc, /sys, /boot) in a folder or a tar archive, or whatever --from takes [default: /]' -r -F
complete -c acpihp -n "__fish_acpihp_using_subcommand edit" -l from -d 'Its tables, in place of those of its root: a table, a folder, a dump, an initrd, an image of memory, a log, or -' -r -F
complete -c acpihp -n "__fish_acpihp_using_subcommand edit" -l sample -d 'A machine that acpihp carries itself; `list` shows them' -r
complete -c acpihp -n "__fish_acpihp_using_subcommand edit" -l dmesg -d 'The kernel\'s log of a boot of it: dmesg or the journal in any form, packed or not, or a capture [default: that of its root]' -r -F
complete -c acpihp -n "__fish_acpihp_using_subcommand edit" -l boot -d 'Which boot of that log: 1 is the first, 0 the last, -1 the one before [default: the last with a version line and a memory map]' -r
complete -c acpihp -n "__fish_acpihp_using_subcommand edit" -l root-order -d 'Tables that come first in its root table, by name or file, where neither a root table nor a log says it' -r
complete -c acpihp -n "__fish_acpihp_using_subcommand edit" -l take -d 'For a listing of iasl in which more than values was edited: read its decoded lines, or its raw data' -r -f -a "decoded\t'The lines with the fields'
raw\t'The raw table data below them'"
complete -c acpihp -n "__fish_acpihp_using_subcommand edit" -l format -d 'How to print the result' -r -f -a "text\t'For people; may change'
json\t'For programs: the documented contract'
svg\t'A picture: one bar for each node, all on one scale'"
complete -c acpihp -n "__fish_acpihp_using_subcommand edit" -l cmdline -d 'Kernel command line of the boot [default: that of the machine, log or image in question]' -r
complete -c acpihp -n "__fish_acpihp_using_subcommand edit" -l append -d 'Words to add to that command line; -NAME takes an option away' -r
complete -c acpihp -n "__fish_acpihp_using_subcommand edit" -l plan -d 'Show nodes and zones of the next boot without and with the change'
complete -c acpihp -n "__fish_acpihp_using_subcommand edit" -l force -d 'Write the archive even if the kernel would refuse the table, or fail on it'
complete -c acpihp -n "__fish_acpihp_using_subcommand edit" -s J -l json -d 'Short for --format json'
complete -c acpihp -n "__fish_acpihp_using_subcommand edit" -s q -l quiet -d 'Only the bare result, warnings and errors; no notes, no progress'
complete -c acpihp -n "__fish_acpihp_using_subcommand edit" -s v -l verbose -d 'More: what is only worth knowing, what is cut short otherwise, and what the answer was made from'
complete -c acpihp -n "__fish_acpihp_using_subcommand edit" -l map -d 'Draw nodes before and after as bars on one scale; shown on a terminal anyway'
complete -c acpihp -n "__fish_acpihp_using_subcommand edit" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c acpihp -n "__fish_acpihp_using_subcommand diff" -l kernel -d 'Kernel release, such as 6.1 or 6.12.111, or its image: a vmlinuz, a vmlinux or a unified kernel image [default: that of the machine or image in question, else the newest known]' -r -F
complete -c acpihp -n "__fish_acpihp_using_subcommand diff" -l rules-of -d 'Use the rules of another release, such as the one whose memory management a distribution backported' -r
complete -c acpihp -n "__fish_acpihp_using_subcommand diff" -l config -d 'That kernel\'s configuration [default: that of the image, or the one that is installed for the release]' -r -F
complete -c acpihp -n "__fish_acpihp_using_subcommand diff" -l cmdline -d 'Kernel command line of the boot [default: that of the machine, log or image in question]' -r
complete -c acpihp -n "__fish_acpihp_using_subcommand diff" -l append -d 'Words to add to that command line; -NAME takes an option away' -r
complete -c acpihp -n "__fish_acpihp_using_subcommand diff" -l take -d 'For a listing of iasl in which more than values was edited: read its decoded lines, or its raw data' -r -f -a "decoded\t'The lines with the fields'
raw\t'The raw table data below them'"
complete -c acpihp -n "__fish_acpihp_using_subcommand diff" -l format -d 'How to print the result [default: by the suffix of FILE, else text]' -r -f -a "text\t'For people; may change'
json\t'For programs: the documented contract'
svg\t'A picture: one bar for each node, all on one scale'"
complete -c acpihp -n "__fish_acpihp_using_subcommand diff" -s o -l output -d 'Write to a file; its suffix says how: .svg, .json or .txt' -r -F
complete -c acpihp -n "__fish_acpihp_using_subcommand diff" -l map -d 'Draw nodes before and after as bars on one scale; shown on a terminal anyway'
complete -c acpihp -n "__fish_acpihp_using_subcommand diff" -s J -l json -d 'Short for --format json'
complete -c acpihp -n "__fish_acpihp_using_subcommand diff" -s q -l quiet -d 'Only the bare result, warnings and errors; no notes, no progress'
complete -c acpihp -n "__fish_acpihp_using_subcommand diff" -s v -l verbose -d 'More: what is only worth knowing, what is cut short otherwise, and what the answer was made from'
complete -c acpihp -n "__fish_acpihp_using_subcommand diff" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c acpihp -n "__fish_acpihp_using_subcommand doctor" -l initrd -d 'The initrd or unified kernel image that was booted [default: the boot loader\'s]' -r -F
complete -c acpihp -n "__fish_acpihp_using_subcommand doctor" -l before -d 'The machine before the override, or its tables, which are the firmware\'s own: a capture, a folder or a dump' -r -F
complete -c acpihp -n "__fish_acpihp_using_subcommand doctor" -l kernel -d 'Kernel release, such as 6.1 or 6.12.111, or its image: a vmlinuz, a vmlinux or a unified kernel image [default: that of the machine or image in question, else the newest known]' -r -F
complete -c acpihp -n "__fish_acpihp_using_subcommand doctor" -l rules-of -d 'Use the rules of another release, such as the one whose memory management a distribution backported' -r
complete -c acpihp -n "__fish_acpihp_using_subcommand doctor" -l config -d 'That kernel\'s configuration [default: that of the image, or the one that is installed for the release]' -r -F
complete -c acpihp -n "__fish_acpihp_using_subcommand doctor" -l cmdline -d 'Kernel command line of the boot [default: that of the machine, log or image in question]' -r
complete -c acpihp -n "__fish_acpihp_using_subcommand doctor" -l sysroot -d 'The machine: a copy of its root (/proc, /sys, /boot) in a folder or a tar archive, or whatever --from takes [default: /]' -r -F
complete -c acpihp -n "__fish_acpihp_using_subcommand doctor" -l from -d 'Its tables, in place of those of its root: a table, a folder, a dump, an initrd, an image of memory, a log, or -' -r -F
complete -c acpihp -n "__fish_acpihp_using_subcommand doctor" -l sample -d 'A machine that acpihp carries itself; `list` shows them' -r
complete -c acpihp -n "__fish_acpihp_using_subcommand doctor" -l dmesg -d 'The kernel\'s log of a boot of it: dmesg or the journal in any form, packed or not, or a capture [default: that of its root]' -r -F
complete -c acpihp -n "__fish_acpihp_using_subcommand doctor" -l boot -d 'Which boot of that log: 1 is the first, 0 the last, -1 the one before [default: the last with a version line and a memory map]' -r
complete -c acpihp -n "__fish_acpihp_using_subcommand doctor" -l root-order -d 'Tables that come first in its root table, by name or file, where neither a root table nor a log says it' -r
complete -c acpihp -n "__fish_acpihp_using_subcommand doctor" -l take -d 'For a listing of iasl in which more than values was edited: read its decoded lines, or its raw data' -r -f -a "decoded\t'The lines with the fields'
raw\t'The raw table data below them'"
complete -c acpihp -n "__fish_acpihp_using_subcommand doctor" -l format -d 'How to print the result' -r -f -a "text\t'For people; may change'
json\t'For programs: the documented contract'"
complete -c acpihp -n "__fish_acpihp_using_subcommand doctor" -s J -l json -d 'Short for --format json'
complete -c acpihp -n "__fish_acpihp_using_subcommand doctor" -s q -l quiet -d 'Only the bare result, warnings and errors; no notes, no progress'
complete -c acpihp -n "__fish_acpihp_using_subcommand doctor" -s v -l verbose -d 'More: what is only worth knowing, what is cut short otherwise, and what the answer was made from'
complete -c acpihp -n "__fish_acpihp_using_subcommand doctor" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c acpihp -n "__fish_acpihp_using_subcommand sample" -s o -l output -d 'Write its files into this folder, which is made where it does not exist' -r -f -a "(__fish_complete_directories)"
complete -c acpihp -n "__fish_acpihp_using_subcommand sample" -l format -d 'How to print the result' -r -f -a "text\t'For people; may change'
json\t'For programs: the documented contract'"
complete -c acpihp -n "__fish_acpihp_using_subcommand sample" -s J -l json -d 'Short for --format json'
complete -c acpihp -n "__fish_acpihp_using_subcommand sample" -s q -l quiet -d 'Only the bare result, warnings and errors; no notes, no progress'
complete -c acpihp -n "__fish_acpihp_using_subcommand sample" -s v -l verbose -d 'More: what is only worth knowing, what is cut short otherwise, and what the answer was made from'
complete -c acpihp -n "__fish_acpihp_using_subcommand sample" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c acpihp -n "__fish_acpihp_using_subcommand explain" -l format -d 'How to print the result' -r -f -a "text\t'For people; may change'
json\t'For programs: the documented contract'"
complete -c acpihp -n "__fish_acpihp_using_subcommand explain" -l all -d 'Explain every finding in full'
complete -c acpihp -n "__fish_acpihp_using_subcommand explain" -s J -l json -d 'Short for --format json'
complete -c acpihp -n "__fish_acpihp_using_subcommand explain" -s q -l quiet -d 'Only the bare result, warnings and errors; no notes, no progress'
complete -c acpihp -n "__fish_acpihp_using_subcommand explain" -s v -l verbose -d 'More: what is only worth knowing, what is cut short otherwise, and what the answer was made from'
complete -c acpihp -n "__fish_acpihp_using_subcommand explain" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c acpihp -n "__fish_acpihp_using_subcommand completions" -l all -d 'Write the scripts of all shells into a folder' -r -f -a "(__fish_complete_directories)"
complete -c acpihp -n "__fish_acpihp_using_subcommand completions" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c acpihp -n "__fish_acpihp_using_subcommand man" -l all -d 'Write all pages into the folders man1 and man7 of a folder' -r -f -a "(__fish_complete_directories)"
complete -c acpihp -n "__fish_acpihp_using_subcommand man" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c acpihp -n "__fish_acpihp_using_subcommand help; and not __fish_seen_subcommand_from dump mkinitrd-override check simulate plan advise removable where report capture inspect build template edit diff doctor sample explain completions man help" -f -a "dump" -d 'Show the tables of this machine, a file or a dump, and what they say'
complete -c acpihp -n "__fish_acpihp_using_subcommand help; and not __fish_seen_subcommand_from dump mkinitrd-override check simulate plan advise removable where report capture inspect build template edit diff doctor sample explain completions man help" -f -a "mkinitrd-override" -d 'Make the archive that replaces tables, in front of an initrd if wanted'
complete -c acpihp -n "__fish_acpihp_using_subcommand help; and not __fish_seen_subcommand_from dump mkinitrd-override check simulate plan advise removable where report capture inspect build template edit diff doctor sample explain completions man help" -f -a "check" -d 'Say whether Linux will accept tables, archives and initrds, and whether they are right'
complete -c acpihp -n "__fish_acpihp_using_subcommand help; and not __fish_seen_subcommand_from dump mkinitrd-override check simulate plan advise removable where report capture inspect build template edit diff doctor sample explain completions man help" -f -a "simulate" -d 'Show step by step which tables end up installed, and why'
complete -c acpihp -n "__fish_acpihp_using_subcommand help; and not __fish_seen_subcommand_from dump mkinitrd-override check simulate plan advise removable where report capture inspect build template edit diff doctor sample explain completions man help" -f -a "plan" -d 'Show which memory goes to which node and zone, and why'
complete -c acpihp -n "__fish_acpihp_using_subcommand help; and not __fish_seen_subcommand_from dump mkinitrd-override check simulate plan advise removable where report capture inspect build template edit diff doctor sample explain completions man help" -f -a "advise" -d 'Find the smallest change that meets wishes about memory: marks of the SRAT, command line'
complete -c acpihp -n "__fish_acpihp_using_subcommand help; and not __fish_seen_subcommand_from dump mkinitrd-override check simulate plan advise removable where report capture inspect build template edit diff doctor sample explain completions man help" -f -a "removable" -d 'Show which memory can go offline now, what holds the rest, and what would help'
complete -c acpihp -n "__fish_acpihp_using_subcommand help; and not __fish_seen_subcommand_from dump mkinitrd-override check simulate plan advise removable where report capture inspect build template edit diff doctor sample explain completions man help" -f -a "where" -d 'Show what is at a physical address: node, zone, memory block, and who reserved it'
complete -c acpihp -n "__fish_acpihp_using_subcommand help; and not __fish_seen_subcommand_from dump mkinitrd-override check simulate plan advise removable where report capture inspect build template edit diff doctor sample explain completions man help" -f -a "report" -d 'Write a prediction as one HTML page: map, nodes, what is in the way, the kernel\'s log'
complete -c acpihp -n "__fish_acpihp_using_subcommand help; and not __fish_seen_subcommand_from dump mkinitrd-override check simulate plan advise removable where report capture inspect build template edit diff doctor sample explain completions man help" -f -a "capture" -d 'Save what the other commands need of this machine, without secrets'
complete -c acpihp -n "__fish_acpihp_using_subcommand help; and not __fish_seen_subcommand_from dump mkinitrd-override check simulate plan advise removable where report capture inspect build template edit diff doctor sample explain completions man help" -f -a "inspect" -d 'Show what is in an initrd or a unified kernel image, and what the kernel will see of it'
complete -c acpihp -n "__fish_acpihp_using_subcommand help; and not __fish_seen_subcommand_from dump mkinitrd-override check simulate plan advise removable where report capture inspect build template edit diff doctor sample explain completions man help" -f -a "build" -d 'Make a table from its source: iasl\'s data-table language, or the JSON of dump'
complete -c acpihp -n "__fish_acpihp_using_subcommand help; and not __fish_seen_subcommand_from dump mkinitrd-override check simulate plan advise removable where report capture inspect build template edit diff doctor sample explain completions man help" -f -a "template" -d 'Print the source of a new table to start from'
complete -c acpihp -n "__fish_acpihp_using_subcommand help; and not __fish_seen_subcommand_from dump mkinitrd-override check simulate plan advise removable where report capture inspect build template edit diff doctor sample explain completions man help" -f -a "edit" -d 'Change exactly the fields that are named in a table, and show what comes of it'
complete -c acpihp -n "__fish_acpihp_using_subcommand help; and not __fish_seen_subcommand_from dump mkinitrd-override check simulate plan advise removable where report capture inspect build template edit diff doctor sample explain completions man help" -f -a "diff" -d 'Show what differs between two tables, dumps or machines, and what that does to nodes and zones'
complete -c acpihp -n "__fish_acpihp_using_subcommand help; and not __fish_seen_subcommand_from dump mkinitrd-override check simulate plan advise removable where report capture inspect build template edit diff doctor sample explain completions man help" -f -a "doctor" -d 'Say whether the last override was seen, accepted and applied, and whether the boot did as predicted'
complete -c acpihp -n "__fish_acpihp_using_subcommand help; and not __fish_seen_subcommand_from dump mkinitrd-override check simulate plan advise removable where report capture inspect build template edit diff doctor sample explain completions man help" -f -a "sample" -d 'List the machines that acpihp carries, or write one, or the files of the tutorial, into a folder'
complete -c acpihp -n "__fish_acpihp_using_subcommand help; and not __fish_seen_subcommand_from dump mkinitrd-override check simulate plan advise removable where report capture inspect build template edit diff doctor sample explain completions man help" -f -a "explain" -d 'Explain a finding: what it means, why, where it is written, how to fix it'
complete -c acpihp -n "__fish_acpihp_using_subcommand help; and not __fish_seen_subcommand_from dump mkinitrd-override check simulate plan advise removable where report capture inspect build template edit diff doctor sample explain completions man help" -f -a "completions" -d 'Print the completion script of a shell'
complete -c acpihp -n "__fish_acpihp_using_subcommand help; and not __fish_seen_subcommand_from dump mkinitrd-override check simulate plan advise removable where report capture inspect build template edit diff doctor sample explain completions man help" -f -a "man" -d 'Print the manual page of acpihp or of a subcommand'
complete -c acpihp -n "__fish_acpihp_using_subcommand help; and not __fish_seen_subcommand_from dump mkinitrd-override check simulate plan advise removable where report capture inspect build template edit diff doctor sample explain completions man help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
