
using namespace System.Management.Automation
using namespace System.Management.Automation.Language

Register-ArgumentCompleter -Native -CommandName 'acpihp' -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)

    $commandElements = $commandAst.CommandElements
    $command = @(
        'acpihp'
        for ($i = 1; $i -lt $commandElements.Count; $i++) {
            $element = $commandElements[$i]
            if ($element -isnot [StringConstantExpressionAst] -or
                $element.StringConstantType -ne [StringConstantType]::BareWord -or
                $element.Value.StartsWith('-') -or
                $element.Value -eq $wordToComplete) {
                break
        }
        $element.Value
    }) -join ';'

    $completions = @(switch ($command) {
        'acpihp' {
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('dump', 'dump', [CompletionResultType]::ParameterValue, 'Show the tables of this machine, a file or a dump, and what they say')
            [CompletionResult]::new('mkinitrd-override', 'mkinitrd-override', [CompletionResultType]::ParameterValue, 'Make the archive that replaces tables, in front of an initrd if wanted')
            [CompletionResult]::new('check', 'check', [CompletionResultType]::ParameterValue, 'Say whether Linux will accept tables, archives and initrds, and whether they are right')
            [CompletionResult]::new('simulate', 'simulate', [CompletionResultType]::ParameterValue, 'Show step by step which tables end up installed, and why')
            [CompletionResult]::new('plan', 'plan', [CompletionResultType]::ParameterValue, 'Show which memory goes to which node and zone, and why')
            [CompletionResult]::new('advise', 'advise', [CompletionResultType]::ParameterValue, 'Find the smallest change that meets wishes about memory: marks of the SRAT, command line')
            [CompletionResult]::new('removable', 'removable', [CompletionResultType]::ParameterValue, 'Show which memory can go offline now, what holds the rest, and what would help')
            [CompletionResult]::new('where', 'where', [CompletionResultType]::ParameterValue, 'Show what is at a physical address: node, zone, memory block, and who reserved it')
            [CompletionResult]::new('report', 'report', [CompletionResultType]::ParameterValue, 'Write a prediction as one HTML page: map, nodes, what is in the way, the kernel''s log')
            [CompletionResult]::new('capture', 'capture', [CompletionResultType]::ParameterValue, 'Save what the other commands need of this machine, without secrets')
            [CompletionResult]::new('inspect', 'inspect', [CompletionResultType]::ParameterValue, 'Show what is in an initrd or a unified kernel image, and what the kernel will see of it')
            [CompletionResult]::new('build', 'build', [CompletionResultType]::ParameterValue, 'Make a table from its source: iasl''s data-table language, or the JSON of dump')
            [CompletionResult]::new('template', 'template', [CompletionResultType]::ParameterValue, 'Print the source of a new table to start from')
            [CompletionResult]::new('edit', 'edit', [CompletionResultType]::ParameterValue, 'Change exactly the fields that are named in a table, and show what comes of it')
            [CompletionResult]::new('diff', 'diff', [CompletionResultType]::ParameterValue, 'Show what differs between two tables, dumps or machines, and what that does to nodes and zones')
            [CompletionResult]::new('doctor', 'doctor', [CompletionResultType]::ParameterValue, 'Say whether the last override was seen, accepted and applied, and whether the boot did as predicted')
            [CompletionResult]::new('sample', 'sample', [CompletionResultType]::ParameterValue, 'List the machines that acpihp carries, or write one, or the files of the tutorial, into a folder')
            [CompletionResult]::new('explain', 'explain', [CompletionResultType]::ParameterValue, 'Explain a finding: what it means, why, where it is written, how to fix it')
            [CompletionResult]::new('completions', 'completions', [CompletionResultType]::ParameterValue, 'Print the completion script of a shell')
            [CompletionResult]::new('man', 'man', [CompletionResultType]::ParameterValue, 'Print the manual page of acpihp or of a subcommand')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'acpihp;dump' {
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'The same, as acpidump takes it')
            [CompletionResult]::new('--table', '--table', [CompletionResultType]::ParameterName, 'The same, as acpidump takes it')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'How to print the tables')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Write each table as a file into a folder, under the name that acpixtract gives it; with --format dsl, json or acpidump in that form')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Write each table as a file into a folder, under the name that acpixtract gives it; with --format dsl, json or acpidump in that form')
            [CompletionResult]::new('--sysroot', '--sysroot', [CompletionResultType]::ParameterName, 'The machine: a copy of its root (/proc, /sys, /boot) in a folder or a tar archive, or whatever --from takes [default: /]')
            [CompletionResult]::new('--from', '--from', [CompletionResultType]::ParameterName, 'Its tables, in place of those of its root: a table, a folder, a dump, an initrd, an image of memory, a log, or -')
            [CompletionResult]::new('--sample', '--sample', [CompletionResultType]::ParameterName, 'A machine that acpihp carries itself; `list` shows them')
            [CompletionResult]::new('--dmesg', '--dmesg', [CompletionResultType]::ParameterName, 'The kernel''s log of a boot of it: dmesg or the journal in any form, packed or not, or a capture [default: that of its root]')
            [CompletionResult]::new('--boot', '--boot', [CompletionResultType]::ParameterName, 'Which boot of that log: 1 is the first, 0 the last, -1 the one before [default: the last with a version line and a memory map]')
            [CompletionResult]::new('--root-order', '--root-order', [CompletionResultType]::ParameterName, 'Tables that come first in its root table, by name or file, where neither a root table nor a log says it')
            [CompletionResult]::new('--take', '--take', [CompletionResultType]::ParameterName, 'For a listing of iasl in which more than values was edited: read its decoded lines, or its raw data')
            [CompletionResult]::new('-d', '-d', [CompletionResultType]::ParameterName, 'Show every table in full')
            [CompletionResult]::new('--decode', '--decode', [CompletionResultType]::ParameterName, 'Show every table in full')
            [CompletionResult]::new('-J', '-J ', [CompletionResultType]::ParameterName, 'Short for --format json')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Short for --format json')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Only the bare result, warnings and errors; no notes, no progress')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Only the bare result, warnings and errors; no notes, no progress')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'More: what is only worth knowing, what is cut short otherwise, and what the answer was made from')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'More: what is only worth knowing, what is cut short otherwise, and what the answer was made from')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'acpihp;mkinitrd-override' {
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Write to FILE, which may be IMG itself [default: standard output, unless it is a terminal]')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Write to FILE, which may be IMG itself [default: standard output, unless it is a terminal]')
            [CompletionResult]::new('--initrd', '--initrd', [CompletionResultType]::ParameterName, 'Put the archive in front of this initrd, after its microcode, or in the place of an earlier one')
            [CompletionResult]::new('--against', '--against', [CompletionResultType]::ParameterName, 'Compare with the tables of a second machine: a file, a folder or a copied root; none compares with nothing [default: the machine]')
            [CompletionResult]::new('--kernel', '--kernel', [CompletionResultType]::ParameterName, 'Kernel release, such as 6.1 or 6.12.111, or its image: a vmlinuz, a vmlinux or a unified kernel image [default: that of the machine or image in question, else the newest known]')
            [CompletionResult]::new('--rules-of', '--rules-of', [CompletionResultType]::ParameterName, 'Use the rules of another release, such as the one whose memory management a distribution backported')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'That kernel''s configuration [default: that of the image, or the one that is installed for the release]')
            [CompletionResult]::new('--sysroot', '--sysroot', [CompletionResultType]::ParameterName, 'The machine: a copy of its root (/proc, /sys, /boot) in a folder or a tar archive, or whatever --from takes [default: /]')
            [CompletionResult]::new('--from', '--from', [CompletionResultType]::ParameterName, 'Its tables, in place of those of its root: a table, a folder, a dump, an initrd, an image of memory, a log, or -')
            [CompletionResult]::new('--sample', '--sample', [CompletionResultType]::ParameterName, 'A machine that acpihp carries itself; `list` shows them')
            [CompletionResult]::new('--dmesg', '--dmesg', [CompletionResultType]::ParameterName, 'The kernel''s log of a boot of it: dmesg or the journal in any form, packed or not, or a capture [default: that of its root]')
            [CompletionResult]::new('--boot', '--boot', [CompletionResultType]::ParameterName, 'Which boot of that log: 1 is the first, 0 the last, -1 the one before [default: the last with a version line and a memory map]')
            [CompletionResult]::new('--root-order', '--root-order', [CompletionResultType]::ParameterName, 'Tables that come first in its root table, by name or file, where neither a root table nor a log says it')
            [CompletionResult]::new('--take', '--take', [CompletionResultType]::ParameterName, 'For a listing of iasl in which more than values was edited: read its decoded lines, or its raw data')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'How to print the result')
            [CompletionResult]::new('--remove', '--remove', [CompletionResultType]::ParameterName, 'Take the override archive out of IMG again')
            [CompletionResult]::new('--force', '--force', [CompletionResultType]::ParameterName, 'Write the output even if the kernel would refuse tables in it or fail on it, or --remove leaves nothing')
            [CompletionResult]::new('--howto', '--howto', [CompletionResultType]::ParameterName, 'Show the lines with which the machine''s boot loader loads the output, and how to take it out again')
            [CompletionResult]::new('-J', '-J ', [CompletionResultType]::ParameterName, 'Short for --format json')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Short for --format json')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Only the bare result, warnings and errors; no notes, no progress')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Only the bare result, warnings and errors; no notes, no progress')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'More: what is only worth knowing, what is cut short otherwise, and what the answer was made from')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'More: what is only worth knowing, what is cut short otherwise, and what the answer was made from')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'acpihp;check' {
            [CompletionResult]::new('--against', '--against', [CompletionResultType]::ParameterName, 'Take the tables for overrides of a second machine''s: a root, a folder or a dump [default: the machine, where one is named]')
            [CompletionResult]::new('--kernel', '--kernel', [CompletionResultType]::ParameterName, 'Kernel release, such as 6.1 or 6.12.111, or its image: a vmlinuz, a vmlinux or a unified kernel image [default: that of the machine or image in question, else the newest known]')
            [CompletionResult]::new('--rules-of', '--rules-of', [CompletionResultType]::ParameterName, 'Use the rules of another release, such as the one whose memory management a distribution backported')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'That kernel''s configuration [default: that of the image, or the one that is installed for the release]')
            [CompletionResult]::new('--fail-on', '--fail-on', [CompletionResultType]::ParameterName, 'Exit with 1 if there is a finding of this severity or above')
            [CompletionResult]::new('--allow', '--allow', [CompletionResultType]::ParameterName, 'Leave findings with this code out')
            [CompletionResult]::new('--judge', '--judge', [CompletionResultType]::ParameterName, 'Who judges how much a finding matters: the specification, or Linux, for which what it never looks at is an info only')
            [CompletionResult]::new('--sysroot', '--sysroot', [CompletionResultType]::ParameterName, 'The machine: a copy of its root (/proc, /sys, /boot) in a folder or a tar archive, or whatever --from takes [default: /]')
            [CompletionResult]::new('--from', '--from', [CompletionResultType]::ParameterName, 'Its tables, in place of those of its root: a table, a folder, a dump, an initrd, an image of memory, a log, or -')
            [CompletionResult]::new('--sample', '--sample', [CompletionResultType]::ParameterName, 'A machine that acpihp carries itself; `list` shows them')
            [CompletionResult]::new('--dmesg', '--dmesg', [CompletionResultType]::ParameterName, 'The kernel''s log of a boot of it: dmesg or the journal in any form, packed or not, or a capture [default: that of its root]')
            [CompletionResult]::new('--boot', '--boot', [CompletionResultType]::ParameterName, 'Which boot of that log: 1 is the first, 0 the last, -1 the one before [default: the last with a version line and a memory map]')
            [CompletionResult]::new('--root-order', '--root-order', [CompletionResultType]::ParameterName, 'Tables that come first in its root table, by name or file, where neither a root table nor a log says it')
            [CompletionResult]::new('--take', '--take', [CompletionResultType]::ParameterName, 'For a listing of iasl in which more than values was edited: read its decoded lines, or its raw data')
            [CompletionResult]::new('--waivers', '--waivers', [CompletionResultType]::ParameterName, 'Leave out the findings that this file waives, each with a reason and as long as it says')
            [CompletionResult]::new('--policy', '--policy', [CompletionResultType]::ParameterName, 'Report the assertions in this file that do not hold')
            [CompletionResult]::new('--cmdline', '--cmdline', [CompletionResultType]::ParameterName, 'Kernel command line of the boot [default: that of the machine, log or image in question]')
            [CompletionResult]::new('--append', '--append', [CompletionResultType]::ParameterName, 'Words to add to that command line; -NAME takes an option away')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'How to print the findings')
            [CompletionResult]::new('-J', '-J ', [CompletionResultType]::ParameterName, 'Short for --format json')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Short for --format json')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Only the bare result, warnings and errors; no notes, no progress')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Only the bare result, warnings and errors; no notes, no progress')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'More: what is only worth knowing, what is cut short otherwise, and what the answer was made from')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'More: what is only worth knowing, what is cut short otherwise, and what the answer was made from')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'acpihp;simulate' {
            [CompletionResult]::new('--flow', '--flow', [CompletionResultType]::ParameterName, 'In which order tables are installed and replaced [default: the release''s own]')
            [CompletionResult]::new('--compare', '--compare', [CompletionResultType]::ParameterName, 'Two boots side by side: this one and one with OPTIONS, such as ''--append movable_node --kernel 6.12''; or A,B, two kernels or flows [default: one-by-one,two-step]')
            [CompletionResult]::new('--sysroot', '--sysroot', [CompletionResultType]::ParameterName, 'The machine: a copy of its root (/proc, /sys, /boot) in a folder or a tar archive, or whatever --from takes [default: /]')
            [CompletionResult]::new('--from', '--from', [CompletionResultType]::ParameterName, 'Its tables, in place of those of its root: a table, a folder, a dump, an initrd, an image of memory, a log, or -')
            [CompletionResult]::new('--sample', '--sample', [CompletionResultType]::ParameterName, 'A machine that acpihp carries itself; `list` shows them')
            [CompletionResult]::new('--dmesg', '--dmesg', [CompletionResultType]::ParameterName, 'The kernel''s log of a boot of it: dmesg or the journal in any form, packed or not, or a capture [default: that of its root]')
            [CompletionResult]::new('--boot', '--boot', [CompletionResultType]::ParameterName, 'Which boot of that log: 1 is the first, 0 the last, -1 the one before [default: the last with a version line and a memory map]')
            [CompletionResult]::new('--root-order', '--root-order', [CompletionResultType]::ParameterName, 'Tables that come first in its root table, by name or file, where neither a root table nor a log says it')
            [CompletionResult]::new('--take', '--take', [CompletionResultType]::ParameterName, 'For a listing of iasl in which more than values was edited: read its decoded lines, or its raw data')
            [CompletionResult]::new('--kernel', '--kernel', [CompletionResultType]::ParameterName, 'Kernel release, such as 6.1 or 6.12.111, or its image: a vmlinuz, a vmlinux or a unified kernel image [default: that of the machine or image in question, else the newest known]')
            [CompletionResult]::new('--rules-of', '--rules-of', [CompletionResultType]::ParameterName, 'Use the rules of another release, such as the one whose memory management a distribution backported')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'That kernel''s configuration [default: that of the image, or the one that is installed for the release]')
            [CompletionResult]::new('--cmdline', '--cmdline', [CompletionResultType]::ParameterName, 'Kernel command line of the boot [default: that of the machine, log or image in question]')
            [CompletionResult]::new('--append', '--append', [CompletionResultType]::ParameterName, 'Words to add to that command line; -NAME takes an option away')
            [CompletionResult]::new('--initrd', '--initrd', [CompletionResultType]::ParameterName, 'The initrd, with the override archive in front if there is one; or a unified kernel image, whose release and command line then hold too')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'The profile of the unified kernel image')
            [CompletionResult]::new('--override', '--override', [CompletionResultType]::ParameterName, 'Tables to override: short for an archive of them')
            [CompletionResult]::new('--loader', '--loader', [CompletionResultType]::ParameterName, 'Who starts that kernel: firmware with a boot loader, or the running kernel, which puts it elsewhere [default: firmware]')
            [CompletionResult]::new('--kernel-at', '--kernel-at', [CompletionResultType]::ParameterName, 'Where that boot keeps the kernel image, in bytes, end exclusive')
            [CompletionResult]::new('--initrd-at', '--initrd-at', [CompletionResultType]::ParameterName, 'Where that boot keeps the initrd')
            [CompletionResult]::new('--mirrored', '--mirrored', [CompletionResultType]::ParameterName, 'Memory that firmware keeps in two copies, where no log shows EFI''s memory map (kernelcore=mirror)')
            [CompletionResult]::new('--reserve', '--reserve', [CompletionResultType]::ParameterName, 'Memory that is reserved before the SRAT is read, with a name for it')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'How to print the result')
            [CompletionResult]::new('--lockdown', '--lockdown', [CompletionResultType]::ParameterName, 'Assume lockdown (as with Secure Boot) even if the command line does not ask for it')
            [CompletionResult]::new('-J', '-J ', [CompletionResultType]::ParameterName, 'Short for --format json')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Short for --format json')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Only the bare result, warnings and errors; no notes, no progress')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Only the bare result, warnings and errors; no notes, no progress')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'More: what is only worth knowing, what is cut short otherwise, and what the answer was made from')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'More: what is only worth knowing, what is cut short otherwise, and what the answer was made from')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'acpihp;plan' {
            [CompletionResult]::new('--compare', '--compare', [CompletionResultType]::ParameterName, 'Show this boot beside one with OPTIONS, such as ''--append movable_node --kernel 6.12''; or A,B, two kernels')
            [CompletionResult]::new('--hot-add', '--hot-add', [CompletionResultType]::ParameterName, 'Say what becomes of memory that is added later, in this order; END exclusive, both multiples of the block size')
            [CompletionResult]::new('--sysroot', '--sysroot', [CompletionResultType]::ParameterName, 'The machine: a copy of its root (/proc, /sys, /boot) in a folder or a tar archive, or whatever --from takes [default: /]')
            [CompletionResult]::new('--from', '--from', [CompletionResultType]::ParameterName, 'Its tables, in place of those of its root: a table, a folder, a dump, an initrd, an image of memory, a log, or -')
            [CompletionResult]::new('--sample', '--sample', [CompletionResultType]::ParameterName, 'A machine that acpihp carries itself; `list` shows them')
            [CompletionResult]::new('--dmesg', '--dmesg', [CompletionResultType]::ParameterName, 'The kernel''s log of a boot of it: dmesg or the journal in any form, packed or not, or a capture [default: that of its root]')
            [CompletionResult]::new('--boot', '--boot', [CompletionResultType]::ParameterName, 'Which boot of that log: 1 is the first, 0 the last, -1 the one before [default: the last with a version line and a memory map]')
            [CompletionResult]::new('--root-order', '--root-order', [CompletionResultType]::ParameterName, 'Tables that come first in its root table, by name or file, where neither a root table nor a log says it')
            [CompletionResult]::new('--take', '--take', [CompletionResultType]::ParameterName, 'For a listing of iasl in which more than values was edited: read its decoded lines, or its raw data')
            [CompletionResult]::new('--kernel', '--kernel', [CompletionResultType]::ParameterName, 'Kernel release, such as 6.1 or 6.12.111, or its image: a vmlinuz, a vmlinux or a unified kernel image [default: that of the machine or image in question, else the newest known]')
            [CompletionResult]::new('--rules-of', '--rules-of', [CompletionResultType]::ParameterName, 'Use the rules of another release, such as the one whose memory management a distribution backported')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'That kernel''s configuration [default: that of the image, or the one that is installed for the release]')
            [CompletionResult]::new('--cmdline', '--cmdline', [CompletionResultType]::ParameterName, 'Kernel command line of the boot [default: that of the machine, log or image in question]')
            [CompletionResult]::new('--append', '--append', [CompletionResultType]::ParameterName, 'Words to add to that command line; -NAME takes an option away')
            [CompletionResult]::new('--initrd', '--initrd', [CompletionResultType]::ParameterName, 'The initrd, with the override archive in front if there is one; or a unified kernel image, whose release and command line then hold too')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'The profile of the unified kernel image')
            [CompletionResult]::new('--override', '--override', [CompletionResultType]::ParameterName, 'Tables to override: short for an archive of them')
            [CompletionResult]::new('--loader', '--loader', [CompletionResultType]::ParameterName, 'Who starts that kernel: firmware with a boot loader, or the running kernel, which puts it elsewhere [default: firmware]')
            [CompletionResult]::new('--kernel-at', '--kernel-at', [CompletionResultType]::ParameterName, 'Where that boot keeps the kernel image, in bytes, end exclusive')
            [CompletionResult]::new('--initrd-at', '--initrd-at', [CompletionResultType]::ParameterName, 'Where that boot keeps the initrd')
            [CompletionResult]::new('--mirrored', '--mirrored', [CompletionResultType]::ParameterName, 'Memory that firmware keeps in two copies, where no log shows EFI''s memory map (kernelcore=mirror)')
            [CompletionResult]::new('--reserve', '--reserve', [CompletionResultType]::ParameterName, 'Memory that is reserved before the SRAT is read, with a name for it')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'How to print the result [default: by the suffix of FILE, else text]')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Write to a file; its suffix says how: .svg, .json or .txt')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Write to a file; its suffix says how: .svg, .json or .txt')
            [CompletionResult]::new('--numa', '--numa', [CompletionResultType]::ParameterName, 'Show nodes and zones; the default, unless one of the next three is asked for')
            [CompletionResult]::new('--early', '--early', [CompletionResultType]::ParameterName, 'Show what memory is reserved before the SRAT is known, in boot order')
            [CompletionResult]::new('--blocks', '--blocks', [CompletionResultType]::ParameterName, 'Show memory blocks: their zone, and whether they can go offline')
            [CompletionResult]::new('--map', '--map', [CompletionResultType]::ParameterName, 'Draw nodes as bars on one scale, with what blocks them; plan begins with it on a terminal')
            [CompletionResult]::new('--lockdown', '--lockdown', [CompletionResultType]::ParameterName, 'Assume lockdown (as with Secure Boot) even if the command line does not ask for it')
            [CompletionResult]::new('-J', '-J ', [CompletionResultType]::ParameterName, 'Short for --format json')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Short for --format json')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'More: what is only worth knowing, what is cut short otherwise, and what the answer was made from')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'More: what is only worth knowing, what is cut short otherwise, and what the answer was made from')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Only the bare result, warnings and errors; no notes, no progress')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Only the bare result, warnings and errors; no notes, no progress')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'acpihp;advise' {
            [CompletionResult]::new('--want', '--want', [CompletionResultType]::ParameterName, 'A wish, in the words of a policy: ''node 1 fully movable'', ''movable at least 50%'', ''kernel keeps at least 4G'', ''range 8G-16G movable'', ''can grow to 64G'', ''can grow to 64G movable''')
            [CompletionResult]::new('--policy', '--policy', [CompletionResultType]::ParameterName, 'A file of wishes, a line each, as check --policy takes it')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Write the changed SRAT and the archive of it into a folder')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Write the changed SRAT and the archive of it into a folder')
            [CompletionResult]::new('--sysroot', '--sysroot', [CompletionResultType]::ParameterName, 'The machine: a copy of its root (/proc, /sys, /boot) in a folder or a tar archive, or whatever --from takes [default: /]')
            [CompletionResult]::new('--from', '--from', [CompletionResultType]::ParameterName, 'Its tables, in place of those of its root: a table, a folder, a dump, an initrd, an image of memory, a log, or -')
            [CompletionResult]::new('--sample', '--sample', [CompletionResultType]::ParameterName, 'A machine that acpihp carries itself; `list` shows them')
            [CompletionResult]::new('--dmesg', '--dmesg', [CompletionResultType]::ParameterName, 'The kernel''s log of a boot of it: dmesg or the journal in any form, packed or not, or a capture [default: that of its root]')
            [CompletionResult]::new('--boot', '--boot', [CompletionResultType]::ParameterName, 'Which boot of that log: 1 is the first, 0 the last, -1 the one before [default: the last with a version line and a memory map]')
            [CompletionResult]::new('--root-order', '--root-order', [CompletionResultType]::ParameterName, 'Tables that come first in its root table, by name or file, where neither a root table nor a log says it')
            [CompletionResult]::new('--take', '--take', [CompletionResultType]::ParameterName, 'For a listing of iasl in which more than values was edited: read its decoded lines, or its raw data')
            [CompletionResult]::new('--kernel', '--kernel', [CompletionResultType]::ParameterName, 'Kernel release, such as 6.1 or 6.12.111, or its image: a vmlinuz, a vmlinux or a unified kernel image [default: that of the machine or image in question, else the newest known]')
            [CompletionResult]::new('--rules-of', '--rules-of', [CompletionResultType]::ParameterName, 'Use the rules of another release, such as the one whose memory management a distribution backported')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'That kernel''s configuration [default: that of the image, or the one that is installed for the release]')
            [CompletionResult]::new('--cmdline', '--cmdline', [CompletionResultType]::ParameterName, 'Kernel command line of the boot [default: that of the machine, log or image in question]')
            [CompletionResult]::new('--append', '--append', [CompletionResultType]::ParameterName, 'Words to add to that command line; -NAME takes an option away')
            [CompletionResult]::new('--initrd', '--initrd', [CompletionResultType]::ParameterName, 'The initrd, with the override archive in front if there is one; or a unified kernel image, whose release and command line then hold too')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'The profile of the unified kernel image')
            [CompletionResult]::new('--override', '--override', [CompletionResultType]::ParameterName, 'Tables to override: short for an archive of them')
            [CompletionResult]::new('--loader', '--loader', [CompletionResultType]::ParameterName, 'Who starts that kernel: firmware with a boot loader, or the running kernel, which puts it elsewhere [default: firmware]')
            [CompletionResult]::new('--kernel-at', '--kernel-at', [CompletionResultType]::ParameterName, 'Where that boot keeps the kernel image, in bytes, end exclusive')
            [CompletionResult]::new('--initrd-at', '--initrd-at', [CompletionResultType]::ParameterName, 'Where that boot keeps the initrd')
            [CompletionResult]::new('--mirrored', '--mirrored', [CompletionResultType]::ParameterName, 'Memory that firmware keeps in two copies, where no log shows EFI''s memory map (kernelcore=mirror)')
            [CompletionResult]::new('--reserve', '--reserve', [CompletionResultType]::ParameterName, 'Memory that is reserved before the SRAT is read, with a name for it')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'How to print the result')
            [CompletionResult]::new('--lockdown', '--lockdown', [CompletionResultType]::ParameterName, 'Assume lockdown (as with Secure Boot) even if the command line does not ask for it')
            [CompletionResult]::new('--map', '--map', [CompletionResultType]::ParameterName, 'Draw nodes before and after as bars on one scale; shown on a terminal anyway')
            [CompletionResult]::new('-J', '-J ', [CompletionResultType]::ParameterName, 'Short for --format json')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Short for --format json')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Only the bare result, warnings and errors; no notes, no progress')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Only the bare result, warnings and errors; no notes, no progress')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'More: what is only worth knowing, what is cut short otherwise, and what the answer was made from')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'More: what is only worth knowing, what is cut short otherwise, and what the answer was made from')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'acpihp;removable' {
            [CompletionResult]::new('--node', '--node', [CompletionResultType]::ParameterName, 'Only the blocks of this node')
            [CompletionResult]::new('--block', '--block', [CompletionResultType]::ParameterName, 'Only these blocks, by the number that they have in /sys/devices/system/memory')
            [CompletionResult]::new('--range', '--range', [CompletionResultType]::ParameterName, 'Only the blocks that these addresses lie in; END exclusive')
            [CompletionResult]::new('--sysroot', '--sysroot', [CompletionResultType]::ParameterName, 'The machine: a copy of its root (/proc, /sys, /boot) in a folder or a tar archive, or whatever --from takes [default: /]')
            [CompletionResult]::new('--from', '--from', [CompletionResultType]::ParameterName, 'Its tables, in place of those of its root: a table, a folder, a dump, an initrd, an image of memory, a log, or -')
            [CompletionResult]::new('--sample', '--sample', [CompletionResultType]::ParameterName, 'A machine that acpihp carries itself; `list` shows them')
            [CompletionResult]::new('--dmesg', '--dmesg', [CompletionResultType]::ParameterName, 'The kernel''s log of a boot of it: dmesg or the journal in any form, packed or not, or a capture [default: that of its root]')
            [CompletionResult]::new('--boot', '--boot', [CompletionResultType]::ParameterName, 'Which boot of that log: 1 is the first, 0 the last, -1 the one before [default: the last with a version line and a memory map]')
            [CompletionResult]::new('--root-order', '--root-order', [CompletionResultType]::ParameterName, 'Tables that come first in its root table, by name or file, where neither a root table nor a log says it')
            [CompletionResult]::new('--take', '--take', [CompletionResultType]::ParameterName, 'For a listing of iasl in which more than values was edited: read its decoded lines, or its raw data')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'How to print the result')
            [CompletionResult]::new('--map', '--map', [CompletionResultType]::ParameterName, 'Draw the blocks of each node as a strip on one scale; shown on a terminal anyway')
            [CompletionResult]::new('-J', '-J ', [CompletionResultType]::ParameterName, 'Short for --format json')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Short for --format json')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Only the bare result, warnings and errors; no notes, no progress')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Only the bare result, warnings and errors; no notes, no progress')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'More: what is only worth knowing, what is cut short otherwise, and what the answer was made from')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'More: what is only worth knowing, what is cut short otherwise, and what the answer was made from')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'acpihp;where' {
            [CompletionResult]::new('--sysroot', '--sysroot', [CompletionResultType]::ParameterName, 'The machine: a copy of its root (/proc, /sys, /boot) in a folder or a tar archive, or whatever --from takes [default: /]')
            [CompletionResult]::new('--from', '--from', [CompletionResultType]::ParameterName, 'Its tables, in place of those of its root: a table, a folder, a dump, an initrd, an image of memory, a log, or -')
            [CompletionResult]::new('--sample', '--sample', [CompletionResultType]::ParameterName, 'A machine that acpihp carries itself; `list` shows them')
            [CompletionResult]::new('--dmesg', '--dmesg', [CompletionResultType]::ParameterName, 'The kernel''s log of a boot of it: dmesg or the journal in any form, packed or not, or a capture [default: that of its root]')
            [CompletionResult]::new('--boot', '--boot', [CompletionResultType]::ParameterName, 'Which boot of that log: 1 is the first, 0 the last, -1 the one before [default: the last with a version line and a memory map]')
            [CompletionResult]::new('--root-order', '--root-order', [CompletionResultType]::ParameterName, 'Tables that come first in its root table, by name or file, where neither a root table nor a log says it')
            [CompletionResult]::new('--take', '--take', [CompletionResultType]::ParameterName, 'For a listing of iasl in which more than values was edited: read its decoded lines, or its raw data')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'How to print the result; ndjson: a line of JSON for each address, as it comes')
            [CompletionResult]::new('-J', '-J ', [CompletionResultType]::ParameterName, 'Short for --format json')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Short for --format json')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Only the bare result, warnings and errors; no notes, no progress')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Only the bare result, warnings and errors; no notes, no progress')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'More: what is only worth knowing, what is cut short otherwise, and what the answer was made from')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'More: what is only worth knowing, what is cut short otherwise, and what the answer was made from')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'acpihp;report' {
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'The file to write; - is standard output')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'The file to write; - is standard output')
            [CompletionResult]::new('--sysroot', '--sysroot', [CompletionResultType]::ParameterName, 'The machine: a copy of its root (/proc, /sys, /boot) in a folder or a tar archive, or whatever --from takes [default: /]')
            [CompletionResult]::new('--from', '--from', [CompletionResultType]::ParameterName, 'Its tables, in place of those of its root: a table, a folder, a dump, an initrd, an image of memory, a log, or -')
            [CompletionResult]::new('--sample', '--sample', [CompletionResultType]::ParameterName, 'A machine that acpihp carries itself; `list` shows them')
            [CompletionResult]::new('--dmesg', '--dmesg', [CompletionResultType]::ParameterName, 'The kernel''s log of a boot of it: dmesg or the journal in any form, packed or not, or a capture [default: that of its root]')
            [CompletionResult]::new('--boot', '--boot', [CompletionResultType]::ParameterName, 'Which boot of that log: 1 is the first, 0 the last, -1 the one before [default: the last with a version line and a memory map]')
            [CompletionResult]::new('--root-order', '--root-order', [CompletionResultType]::ParameterName, 'Tables that come first in its root table, by name or file, where neither a root table nor a log says it')
            [CompletionResult]::new('--take', '--take', [CompletionResultType]::ParameterName, 'For a listing of iasl in which more than values was edited: read its decoded lines, or its raw data')
            [CompletionResult]::new('--kernel', '--kernel', [CompletionResultType]::ParameterName, 'Kernel release, such as 6.1 or 6.12.111, or its image: a vmlinuz, a vmlinux or a unified kernel image [default: that of the machine or image in question, else the newest known]')
            [CompletionResult]::new('--rules-of', '--rules-of', [CompletionResultType]::ParameterName, 'Use the rules of another release, such as the one whose memory management a distribution backported')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'That kernel''s configuration [default: that of the image, or the one that is installed for the release]')
            [CompletionResult]::new('--cmdline', '--cmdline', [CompletionResultType]::ParameterName, 'Kernel command line of the boot [default: that of the machine, log or image in question]')
            [CompletionResult]::new('--append', '--append', [CompletionResultType]::ParameterName, 'Words to add to that command line; -NAME takes an option away')
            [CompletionResult]::new('--initrd', '--initrd', [CompletionResultType]::ParameterName, 'The initrd, with the override archive in front if there is one; or a unified kernel image, whose release and command line then hold too')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'The profile of the unified kernel image')
            [CompletionResult]::new('--override', '--override', [CompletionResultType]::ParameterName, 'Tables to override: short for an archive of them')
            [CompletionResult]::new('--loader', '--loader', [CompletionResultType]::ParameterName, 'Who starts that kernel: firmware with a boot loader, or the running kernel, which puts it elsewhere [default: firmware]')
            [CompletionResult]::new('--kernel-at', '--kernel-at', [CompletionResultType]::ParameterName, 'Where that boot keeps the kernel image, in bytes, end exclusive')
            [CompletionResult]::new('--initrd-at', '--initrd-at', [CompletionResultType]::ParameterName, 'Where that boot keeps the initrd')
            [CompletionResult]::new('--mirrored', '--mirrored', [CompletionResultType]::ParameterName, 'Memory that firmware keeps in two copies, where no log shows EFI''s memory map (kernelcore=mirror)')
            [CompletionResult]::new('--reserve', '--reserve', [CompletionResultType]::ParameterName, 'Memory that is reserved before the SRAT is read, with a name for it')
            [CompletionResult]::new('--compare', '--compare', [CompletionResultType]::ParameterName, 'Show this boot beside one with OPTIONS, such as ''--append movable_node --kernel 6.12''; or A,B, two kernels')
            [CompletionResult]::new('--lockdown', '--lockdown', [CompletionResultType]::ParameterName, 'Assume lockdown (as with Secure Boot) even if the command line does not ask for it')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Only the bare result, warnings and errors; no notes, no progress')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Only the bare result, warnings and errors; no notes, no progress')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'More: what is only worth knowing, what is cut short otherwise, and what the answer was made from')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'More: what is only worth knowing, what is cut short otherwise, and what the answer was made from')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'acpihp;capture' {
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Write to FILE, packed if it ends in gz; a folder if it ends in / [default: standard output, unless it is a terminal]')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Write to FILE, packed if it ends in gz; a folder if it ends in / [default: standard output, unless it is a terminal]')
            [CompletionResult]::new('--with', '--with', [CompletionResultType]::ParameterName, 'What to take along that is left out otherwise')
            [CompletionResult]::new('--sysroot', '--sysroot', [CompletionResultType]::ParameterName, 'The machine: a copy of its root (/proc, /sys, /boot) in a folder or a tar archive, or whatever --from takes [default: /]')
            [CompletionResult]::new('--from', '--from', [CompletionResultType]::ParameterName, 'Its tables, in place of those of its root: a table, a folder, a dump, an initrd, an image of memory, a log, or -')
            [CompletionResult]::new('--sample', '--sample', [CompletionResultType]::ParameterName, 'A machine that acpihp carries itself; `list` shows them')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'How to print the result')
            [CompletionResult]::new('-J', '-J ', [CompletionResultType]::ParameterName, 'Short for --format json')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Short for --format json')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Only the bare result, warnings and errors; no notes, no progress')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Only the bare result, warnings and errors; no notes, no progress')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'More: what is only worth knowing, what is cut short otherwise, and what the answer was made from')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'More: what is only worth knowing, what is cut short otherwise, and what the answer was made from')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'acpihp;inspect' {
            [CompletionResult]::new('--limit', '--limit', [CompletionResultType]::ParameterName, 'The most that is unpacked of each compressed part, such as 512M')
            [CompletionResult]::new('--kernel', '--kernel', [CompletionResultType]::ParameterName, 'Kernel release, such as 6.1 or 6.12.111, or its image: a vmlinuz, a vmlinux or a unified kernel image [default: that of the machine or image in question, else the newest known]')
            [CompletionResult]::new('--rules-of', '--rules-of', [CompletionResultType]::ParameterName, 'Use the rules of another release, such as the one whose memory management a distribution backported')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'How to print the result')
            [CompletionResult]::new('--deep', '--deep', [CompletionResultType]::ParameterName, 'Unpack what is compressed, to find tables in the wrong place and where the unpacker would fail')
            [CompletionResult]::new('--entries', '--entries', [CompletionResultType]::ParameterName, 'List the entries of large archives too')
            [CompletionResult]::new('-J', '-J ', [CompletionResultType]::ParameterName, 'Short for --format json')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Short for --format json')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Only the bare result, warnings and errors; no notes, no progress')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Only the bare result, warnings and errors; no notes, no progress')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'More: what is only worth knowing, what is cut short otherwise, and what the answer was made from')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'More: what is only worth knowing, what is cut short otherwise, and what the answer was made from')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'acpihp;build' {
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Where to write the table [default: FILE with .aml at its end]')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Where to write the table [default: FILE with .aml at its end]')
            [CompletionResult]::new('--take', '--take', [CompletionResultType]::ParameterName, 'For a listing of iasl in which more than values was edited: read its decoded lines, or its raw data')
            [CompletionResult]::new('--as-is', '--as-is', [CompletionResultType]::ParameterName, 'Take lengths and checksums as they are written, to build deliberately invalid tables')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Only the bare result, warnings and errors; no notes, no progress')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Only the bare result, warnings and errors; no notes, no progress')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'More: what is only worth knowing, what is cut short otherwise, and what the answer was made from')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'More: what is only worth knowing, what is cut short otherwise, and what the answer was made from')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'acpihp;template' {
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'How to print the result')
            [CompletionResult]::new('-J', '-J ', [CompletionResultType]::ParameterName, 'Short for --format json')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Short for --format json')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'acpihp;edit' {
            [CompletionResult]::new('--set', '--set', [CompletionResultType]::ParameterName, 'Set a field or a flag: `Oem ID=ME`, `Memory[3].Hot Pluggable=1`, `Reset Register.Address=0xcf9`')
            [CompletionResult]::new('--hotplug', '--hotplug', [CompletionResultType]::ParameterName, 'SRAT: mark memory hot-pluggable: node=N, pxm=N or range=START-END')
            [CompletionResult]::new('--no-hotplug', '--no-hotplug', [CompletionResultType]::ParameterName, 'SRAT: remove the mark from memory')
            [CompletionResult]::new('--split', '--split', [CompletionResultType]::ParameterName, 'SRAT: split entries at the borders of a range')
            [CompletionResult]::new('--move', '--move', [CompletionResultType]::ParameterName, 'SRAT: move memory to another proximity domain')
            [CompletionResult]::new('--distance', '--distance', [CompletionResultType]::ParameterName, 'SLIT: set the distance between two localities; A>B=N sets the way from A to B alone')
            [CompletionResult]::new('--oem-revision', '--oem-revision', [CompletionResultType]::ParameterName, 'The new OEM revision: a number, or keep [default: one more, which Linux takes for newer]; alone it fixes the checksum')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Write the table to FILE, which may be TABLE itself; - is standard output [default: show the changes and write nothing]')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Write the table to FILE, which may be TABLE itself; - is standard output [default: show the changes and write nothing]')
            [CompletionResult]::new('--override-to', '--override-to', [CompletionResultType]::ParameterName, 'Make an override archive with the table, as mkinitrd-override does; - is standard output')
            [CompletionResult]::new('--initrd', '--initrd', [CompletionResultType]::ParameterName, 'The initrd that the archive comes in front of')
            [CompletionResult]::new('--kernel', '--kernel', [CompletionResultType]::ParameterName, 'Kernel release, such as 6.1 or 6.12.111, or its image: a vmlinuz, a vmlinux or a unified kernel image [default: that of the machine or image in question, else the newest known]')
            [CompletionResult]::new('--rules-of', '--rules-of', [CompletionResultType]::ParameterName, 'Use the rules of another release, such as the one whose memory management a distribution backported')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'That kernel''s configuration [default: that of the image, or the one that is installed for the release]')
            [CompletionResult]::new('--sysroot', '--sysroot', [CompletionResultType]::ParameterName, 'The machine: a copy of its root (/proc, /sys, /boot) in a folder or a tar archive, or whatever --from takes [default: /]')
            [CompletionResult]::new('--from', '--from', [CompletionResultType]::ParameterName, 'Its tables, in place of those of its root: a table, a folder, a dump, an initrd, an image of memory, a log, or -')
            [CompletionResult]::new('--sample', '--sample', [CompletionResultType]::ParameterName, 'A machine that acpihp carries itself; `list` shows them')
            [CompletionResult]::new('--dmesg', '--dmesg', [CompletionResultType]::ParameterName, 'The kernel''s log of a boot of it: dmesg or the journal in any form, packed or not, or a capture [default: that of its root]')
            [CompletionResult]::new('--boot', '--boot', [CompletionResultType]::ParameterName, 'Which boot of that log: 1 is the first, 0 the last, -1 the one before [default: the last with a version line and a memory map]')
            [CompletionResult]::new('--root-order', '--root-order', [CompletionResultType]::ParameterName, 'Tables that come first in its root table, by name or file, where neither a root table nor a log says it')
            [CompletionResult]::new('--take', '--take', [CompletionResultType]::ParameterName, 'For a listing of iasl in which more than values was edited: read its decoded lines, or its raw data')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'How to print the result')
            [CompletionResult]::new('--cmdline', '--cmdline', [CompletionResultType]::ParameterName, 'Kernel command line of the boot [default: that of the machine, log or image in question]')
            [CompletionResult]::new('--append', '--append', [CompletionResultType]::ParameterName, 'Words to add to that command line; -NAME takes an option away')
            [CompletionResult]::new('--plan', '--plan', [CompletionResultType]::ParameterName, 'Show nodes and zones of the next boot without and with the change')
            [CompletionResult]::new('--force', '--force', [CompletionResultType]::ParameterName, 'Write the archive even if the kernel would refuse the table, or fail on it')
            [CompletionResult]::new('-J', '-J ', [CompletionResultType]::ParameterName, 'Short for --format json')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Short for --format json')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Only the bare result, warnings and errors; no notes, no progress')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Only the bare result, warnings and errors; no notes, no progress')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'More: what is only worth knowing, what is cut short otherwise, and what the answer was made from')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'More: what is only worth knowing, what is cut short otherwise, and what the answer was made from')
            [CompletionResult]::new('--map', '--map', [CompletionResultType]::ParameterName, 'Draw nodes before and after as bars on one scale; shown on a terminal anyway')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'acpihp;diff' {
            [CompletionResult]::new('--kernel', '--kernel', [CompletionResultType]::ParameterName, 'Kernel release, such as 6.1 or 6.12.111, or its image: a vmlinuz, a vmlinux or a unified kernel image [default: that of the machine or image in question, else the newest known]')
            [CompletionResult]::new('--rules-of', '--rules-of', [CompletionResultType]::ParameterName, 'Use the rules of another release, such as the one whose memory management a distribution backported')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'That kernel''s configuration [default: that of the image, or the one that is installed for the release]')
            [CompletionResult]::new('--cmdline', '--cmdline', [CompletionResultType]::ParameterName, 'Kernel command line of the boot [default: that of the machine, log or image in question]')
            [CompletionResult]::new('--append', '--append', [CompletionResultType]::ParameterName, 'Words to add to that command line; -NAME takes an option away')
            [CompletionResult]::new('--take', '--take', [CompletionResultType]::ParameterName, 'For a listing of iasl in which more than values was edited: read its decoded lines, or its raw data')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'How to print the result [default: by the suffix of FILE, else text]')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Write to a file; its suffix says how: .svg, .json or .txt')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Write to a file; its suffix says how: .svg, .json or .txt')
            [CompletionResult]::new('--map', '--map', [CompletionResultType]::ParameterName, 'Draw nodes before and after as bars on one scale; shown on a terminal anyway')
            [CompletionResult]::new('-J', '-J ', [CompletionResultType]::ParameterName, 'Short for --format json')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Short for --format json')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Only the bare result, warnings and errors; no notes, no progress')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Only the bare result, warnings and errors; no notes, no progress')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'More: what is only worth knowing, what is cut short otherwise, and what the answer was made from')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'More: what is only worth knowing, what is cut short otherwise, and what the answer was made from')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'acpihp;doctor' {
            [CompletionResult]::new('--initrd', '--initrd', [CompletionResultType]::ParameterName, 'The initrd or unified kernel image that was booted [default: the boot loader''s]')
            [CompletionResult]::new('--before', '--before', [CompletionResultType]::ParameterName, 'The machine before the override, or its tables, which are the firmware''s own: a capture, a folder or a dump')
            [CompletionResult]::new('--kernel', '--kernel', [CompletionResultType]::ParameterName, 'Kernel release, such as 6.1 or 6.12.111, or its image: a vmlinuz, a vmlinux or a unified kernel image [default: that of the machine or image in question, else the newest known]')
            [CompletionResult]::new('--rules-of', '--rules-of', [CompletionResultType]::ParameterName, 'Use the rules of another release, such as the one whose memory management a distribution backported')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'That kernel''s configuration [default: that of the image, or the one that is installed for the release]')
            [CompletionResult]::new('--cmdline', '--cmdline', [CompletionResultType]::ParameterName, 'Kernel command line of the boot [default: that of the machine, log or image in question]')
            [CompletionResult]::new('--sysroot', '--sysroot', [CompletionResultType]::ParameterName, 'The machine: a copy of its root (/proc, /sys, /boot) in a folder or a tar archive, or whatever --from takes [default: /]')
            [CompletionResult]::new('--from', '--from', [CompletionResultType]::ParameterName, 'Its tables, in place of those of its root: a table, a folder, a dump, an initrd, an image of memory, a log, or -')
            [CompletionResult]::new('--sample', '--sample', [CompletionResultType]::ParameterName, 'A machine that acpihp carries itself; `list` shows them')
            [CompletionResult]::new('--dmesg', '--dmesg', [CompletionResultType]::ParameterName, 'The kernel''s log of a boot of it: dmesg or the journal in any form, packed or not, or a capture [default: that of its root]')
            [CompletionResult]::new('--boot', '--boot', [CompletionResultType]::ParameterName, 'Which boot of that log: 1 is the first, 0 the last, -1 the one before [default: the last with a version line and a memory map]')
            [CompletionResult]::new('--root-order', '--root-order', [CompletionResultType]::ParameterName, 'Tables that come first in its root table, by name or file, where neither a root table nor a log says it')
            [CompletionResult]::new('--take', '--take', [CompletionResultType]::ParameterName, 'For a listing of iasl in which more than values was edited: read its decoded lines, or its raw data')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'How to print the result')
            [CompletionResult]::new('-J', '-J ', [CompletionResultType]::ParameterName, 'Short for --format json')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Short for --format json')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Only the bare result, warnings and errors; no notes, no progress')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Only the bare result, warnings and errors; no notes, no progress')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'More: what is only worth knowing, what is cut short otherwise, and what the answer was made from')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'More: what is only worth knowing, what is cut short otherwise, and what the answer was made from')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'acpihp;sample' {
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Write its files into this folder, which is made where it does not exist')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Write its files into this folder, which is made where it does not exist')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'How to print the result')
            [CompletionResult]::new('-J', '-J ', [CompletionResultType]::ParameterName, 'Short for --format json')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Short for --format json')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Only the bare result, warnings and errors; no notes, no progress')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Only the bare result, warnings and errors; no notes, no progress')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'More: what is only worth knowing, what is cut short otherwise, and what the answer was made from')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'More: what is only worth knowing, what is cut short otherwise, and what the answer was made from')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'acpihp;explain' {
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'How to print the result')
            [CompletionResult]::new('--all', '--all', [CompletionResultType]::ParameterName, 'Explain every finding in full')
            [CompletionResult]::new('-J', '-J ', [CompletionResultType]::ParameterName, 'Short for --format json')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Short for --format json')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Only the bare result, warnings and errors; no notes, no progress')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Only the bare result, warnings and errors; no notes, no progress')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'More: what is only worth knowing, what is cut short otherwise, and what the answer was made from')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'More: what is only worth knowing, what is cut short otherwise, and what the answer was made from')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'acpihp;completions' {
            [CompletionResult]::new('--all', '--all', [CompletionResultType]::ParameterName, 'Write the scripts of all shells into a folder')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'acpihp;man' {
            [CompletionResult]::new('--all', '--all', [CompletionResultType]::ParameterName, 'Write all pages into the folders man1 and man7 of a folder')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'acpihp;help' {
            [CompletionResult]::new('dump', 'dump', [CompletionResultType]::ParameterValue, 'Show the tables of this machine, a file or a dump, and what they say')
            [CompletionResult]::new('mkinitrd-override', 'mkinitrd-override', [CompletionResultType]::ParameterValue, 'Make the archive that replaces tables, in front of an initrd if wanted')
            [CompletionResult]::new('check', 'check', [CompletionResultType]::ParameterValue, 'Say whether Linux will accept tables, archives and initrds, and whether they are right')
            [CompletionResult]::new('simulate', 'simulate', [CompletionResultType]::ParameterValue, 'Show step by step which tables end up installed, and why')
            [CompletionResult]::new('plan', 'plan', [CompletionResultType]::ParameterValue, 'Show which memory goes to which node and zone, and why')
            [CompletionResult]::new('advise', 'advise', [CompletionResultType]::ParameterValue, 'Find the smallest change that meets wishes about memory: marks of the SRAT, command line')
            [CompletionResult]::new('removable', 'removable', [CompletionResultType]::ParameterValue, 'Show which memory can go offline now, what holds the rest, and what would help')
            [CompletionResult]::new('where', 'where', [CompletionResultType]::ParameterValue, 'Show what is at a physical address: node, zone, memory block, and who reserved it')
            [CompletionResult]::new('report', 'report', [CompletionResultType]::ParameterValue, 'Write a prediction as one HTML page: map, nodes, what is in the way, the kernel''s log')
            [CompletionResult]::new('capture', 'capture', [CompletionResultType]::ParameterValue, 'Save what the other commands need of this machine, without secrets')
            [CompletionResult]::new('inspect', 'inspect', [CompletionResultType]::ParameterValue, 'Show what is in an initrd or a unified kernel image, and what the kernel will see of it')
            [CompletionResult]::new('build', 'build', [CompletionResultType]::ParameterValue, 'Make a table from its source: iasl''s data-table language, or the JSON of dump')
            [CompletionResult]::new('template', 'template', [CompletionResultType]::ParameterValue, 'Print the source of a new table to start from')
            [CompletionResult]::new('edit', 'edit', [CompletionResultType]::ParameterValue, 'Change exactly the fields that are named in a table, and show what comes of it')
            [CompletionResult]::new('diff', 'diff', [CompletionResultType]::ParameterValue, 'Show what differs between two tables, dumps or machines, and what that does to nodes and zones')
            [CompletionResult]::new('doctor', 'doctor', [CompletionResultType]::ParameterValue, 'Say whether the last override was seen, accepted and applied, and whether the boot did as predicted')
            [CompletionResult]::new('sample', 'sample', [CompletionResultType]::ParameterValue, 'List the machines that acpihp carries, or write one, or the files of the tutorial, into a folder')
            [CompletionResult]::new('explain', 'explain', [CompletionResultType]::ParameterValue, 'Explain a finding: what it means, why, where it is written, how to fix it')
            [CompletionResult]::new('completions', 'completions', [CompletionResultType]::ParameterValue, 'Print the completion script of a shell')
            [CompletionResult]::new('man', 'man', [CompletionResultType]::ParameterValue, 'Print the manual page of acpihp or of a subcommand')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'acpihp;help;dump' {
            break
        }
        'acpihp;help;mkinitrd-override' {
            break
        }
        'acpihp;help;check' {
            break
        }
        'acpihp;help;simulate' {
            break
        }
        'acpihp;help;plan' {
            break
        }
        'acpihp;help;advise' {
            break
        }
        'acpihp;help;removable' {
            break
        }
        'acpihp;help;where' {
            break
        }
        'acpihp;help;report' {
            break
        }
        'acpihp;help;capture' {
            break
        }
        'acpihp;help;inspect' {
            break
        }
        'acpihp;help;build' {
            break
        }
        'acpihp;help;template' {
            break
        }
        'acpihp;help;edit' {
            break
        }
        'acpihp;help;diff' {
            break
        }
        'acpihp;help;doctor' {
            break
        }
        'acpihp;help;sample' {
            break
        }
        'acpihp;help;explain' {
            break
        }
        'acpihp;help;completions' {
            break
        }
        'acpihp;help;man' {
            break
        }
        'acpihp;help;help' {
            break
        }
    })

    $completions.Where{ $_.CompletionText -like "$wordToComplete*" } |
        Sort-Object -Property ListItemText
}
