[0004]                          Signature : "SLIT"    [System Locality Information Table]
[0004]                       Table Length : 00000000
[0001]                           Revision : 01
[0001]                           Checksum : 00
[0006]                             Oem ID : "BOCHS "
[0008]                       Oem Table ID : "BXPC    "
[0004]                       Oem Revision : 00000001
[0004]                    Asl Compiler ID : "BXPC"
[0004]              Asl Compiler Revision : 00000001

[0008]                         Localities : 0000000000000003
[0003]                       Locality   0 : 0A 14 28
[0003]                       Locality   1 : 14 0A 1E
[0003]                       Locality   2 : 28 1E 0A
