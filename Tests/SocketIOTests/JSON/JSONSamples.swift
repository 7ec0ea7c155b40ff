/// Documents that several suites cut, damage and read.
enum JSONSamples {
    static let candle =
        #"{"sectorId":"technology","timestamp":"2025-01-15T10:30:00.000Z","value":1250.75,"open":1245.5,"#
        + #""high":1252.25,"low":1244,"close":1250.75,"volume":1250000}"#

    static let arrays = [
        "[]",
        #"["sector:candle_update",\#(candle)]"#,
        #"["chat","Grüße, \"Welt\" \\ \n 😀 \ud83d\ude00 \ud83d 世界"]"#,
        #"[ 1 , -0.5e+10 , [ [ ] , { } ] , true,false,null, {"a":{"b":[1,2,{"c":"d"}]},"é":"\u00e9"} ]"#,
        #"["file",{"_placeholder":true,"num":0},{"name":"a.png","parts":[{"_placeholder":true,"num":1}]}]"#,
    ]
}
