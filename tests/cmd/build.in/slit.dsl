// Two domains, 0x15 apart.
[0004]                          Signature : "SLIT"    [System Locality Information Table]
[0004]                       Table Length : 00000000
[0001]                           Revision : 01
[0001]                           Checksum : 00
[0006]                             Oem ID : "OEM"
[0008]                       Oem Table ID : "EXAMPLE"
[0004]                       Oem Revision : 00000001
[0004]                    Asl Compiler ID : "AHP "
[0004]              Asl Compiler Revision : 00000001

[0008]                         Localities : auto
[0002]                       Locality   0 : 0A 15
[0002]                       Locality   1 : 15 0A
